"""Taking in what others wrote: from a live target's metrics page to a contract, and to a first service file."""

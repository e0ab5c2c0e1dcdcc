"""LogQL as values: a reader of our own (there is no library of it for Python), and what is known of log lines."""

"""Reports: what a service was asked, failed, promised and used up in a period, and what it runs out of."""

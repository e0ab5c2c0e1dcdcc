"""The simulator: plays services from their contract files, with load that moves, logs, and faults on demand."""

"""Live proof of alerts: a fault, the alert, the message at the right receiver, recovery, the resolved message."""

"""What to record and to alert on, and the proof that it fires and stays silent."""

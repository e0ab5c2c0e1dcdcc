"""The commands: each takes plain arguments and a way to say things, does one job, and returns an exit code."""

"""What holds for all tests."""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start what runs in the background without it

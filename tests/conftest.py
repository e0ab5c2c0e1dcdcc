"""What holds for all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

settings.register_profile("busy", deadline=None)  # busy machines are slow
settings.load_profile("busy")
signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start what runs in the background without it

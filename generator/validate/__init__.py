"""Letting the real tools judge what was rendered, and turning each complaint into the line of the spec to blame."""

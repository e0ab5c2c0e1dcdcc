"""Text to model: the spec's types, its loading with positions, and every problem at its line."""

"""A program that plays the spec's services from their contract files."""

"""What a change of the spec means to people: compared as models and rendered files, never as text."""

"""`python -m tests.bench`: how fast Specola is, beside what could not be faster, measured in the same run."""

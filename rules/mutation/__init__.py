"""Mutation: rules damaged on purpose, one thing at a time, to see whether their tests notice."""

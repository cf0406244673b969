"""Writes the package that a new plugin starts from."""

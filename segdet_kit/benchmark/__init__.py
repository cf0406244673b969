"""Measuring how fast targets are, in turns, so that the comparison can be believed."""

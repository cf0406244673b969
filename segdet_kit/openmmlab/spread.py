"""Choosing a few of many images."""

from __future__ import annotations


def spread(length: int, most: int) -> list[int]:
    """Return at most ``most`` different positions of ``length``, spread evenly over them, in their order."""
    return sorted({length * number // most for number in range(most)} if length else ())

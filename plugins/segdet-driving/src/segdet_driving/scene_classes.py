"""The classes of generated street scenes."""

from __future__ import annotations

STUFF = ("road", "lane marking", "sidewalk", "building", "object", "vegetation", "sky")
"""What is counted by its pixels. Objects are lamps, signs and bins."""
THINGS = ("person", "car")
"""What is counted one by one."""
CLASSES = (*STUFF, *THINGS)

"""What ``predict`` reads besides image files: videos, volumes and cameras, by readers of plugins."""

from segdet_kit.reading.contract import Frame, Read, Track, Write
from segdet_kit.reading.inputs import Stream, find_inputs

__all__ = ["Frame", "Read", "Stream", "Track", "Write", "find_inputs"]

"""For plugin authors: the conformance test of a plugin, and what it needs to know of its parts."""

from segdet_kit.testing.cases import DataCase, ExportCase, Far, HandCase, StreamCase, TransportCase
from segdet_kit.testing.check import Check, CheckFailure
from segdet_kit.testing.conformance import conformance

__all__ = [
    "Check",
    "CheckFailure",
    "DataCase",
    "ExportCase",
    "Far",
    "HandCase",
    "StreamCase",
    "TransportCase",
    "conformance",
]

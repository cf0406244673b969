"""Configs that anybody may have written: read as JSON, checked, and cut down to what an evaluation builds.

``check_untrusted(read_json(data))`` before anything is built, and the building itself inside
``segdet_kit.openmmlab.strict.strict_registry()``.
"""

from segdet_kit.strict_json import read_json
from segdet_kit.untrusted.check import check_untrusted
from segdet_kit.untrusted.parts import evaluated

__all__ = ["check_untrusted", "evaluated", "read_json"]

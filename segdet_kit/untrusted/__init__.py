"""Configs that anybody may have written: read as JSON, checked, and cut down to what an evaluation builds.

``check_untrusted(unmarked(read_json(data)))`` before anything is built, and the building itself inside
``segdet_kit.openmmlab.strict.strict_registry()``. To send a config: ``marked(evaluated(config))`` as JSON.
"""

from segdet_kit.strict_json import marked, read_json, unmarked
from segdet_kit.untrusted.check import check_untrusted
from segdet_kit.untrusted.parts import evaluated

__all__ = ["check_untrusted", "evaluated", "marked", "read_json", "unmarked"]

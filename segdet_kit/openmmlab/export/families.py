"""Which graph a model becomes: the kinds of models that can be exported."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from torch import nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.bins import replace_adaptive_pooling
from segdet_kit.openmmlab.export.semantic import Segmenter


def graph_module(model: nn.Module) -> nn.Module:
    """Wrap a copy of a model. The result has ``outputs``, the names of what it returns, and ``finishing``.

    Raises ``KitError`` for a model that cannot be exported.
    """
    model = deepcopy(model)
    replace_adaptive_pooling(model)
    return _wrapped(model).eval()


def _wrapped(model: Any) -> nn.Module:
    from mmseg.models.segmentors import EncoderDecoder

    if isinstance(model, EncoderDecoder):
        return Segmenter(model)
    raise KitError(f"a {type(model).__name__} cannot be exported yet", "docs/export.md says which models can")

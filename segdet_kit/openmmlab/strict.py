"""Building what a stranger's config names, from what is registered and installed alone.

mmengine imports and calls whatever a ``type`` names. ``check_untrusted`` refuses such a config before; here
the door itself is shut, so that a name which slipped through is not found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from torch import nn

from segdet_kit.catalog import installed
from segdet_kit.errors import PolicyError
from segdet_kit.openmmlab.checkpoint import fit
from segdet_kit.openmmlab.preflight import import_object
from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.openmmlab.tensors import read_tensors
from segdet_kit.policy import INFRASTRUCTURE


@contextmanager
def strict_registry() -> Iterator[None]:
    """Let mmengine's registries find registered classes and installed components, and import nothing.

    Raises ``PolicyError`` for another name. Process-wide, as registries are; can be nested.
    """
    prepare()
    known = installed().types() | INFRASTRUCTURE
    refused: list[str] = []

    def component(name: str) -> Any:
        if name in known:
            return import_object(name, "type")
        refused.append(name)
        raise LookupError(name)

    try:
        with (
            patch("mmengine.registry.registry.get_object_from_string", component),
            patch("mmengine.registry.registry.import_module", _imported),
        ):
            yield
    except RuntimeError as error:  # what mmengine makes of any error in a lookup
        if not refused:
            raise
        raise PolicyError(
            f"{refused[-1]!r} is neither registered nor an installed component",
            "a config that arrived as data may name components only; see: segdet-kit plugins list",
        ) from error


def load_safetensors(model: nn.Module, source: str | Path | int) -> None:
    """Load every weight of ``model`` from a ``.safetensors`` file, given by its path or by a descriptor.

    Raises ``CheckpointError`` when the file is damaged, names a tensor twice, or when a tensor is missing,
    unknown to the model or of another shape.
    """
    name = "the weights" if isinstance(source, int) else str(source)
    fit(model, read_tensors(source), name)


def _imported(name: str) -> ModuleType:
    """Stand in for ``import_module``: only modules that are there already."""
    try:
        return sys.modules[name]
    except KeyError:
        raise ModuleNotFoundError(f"{name} is not imported, and data cannot import it", name=name) from None

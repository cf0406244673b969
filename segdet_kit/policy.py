"""Which ``type`` values a config may name, when it came as data.

OpenMMLab imports and calls whatever a ``type`` names (``"os.system"`` too), so a config that is
only data is still a program until its types are known. Here the names are judged without importing
anything; the runtime then looks every bare name up in OpenMMLab's registries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from segdet_kit.errors import PolicyError
from segdet_kit.suggest import nearest

SCOPES = ("mmengine", "mmcv", "mmdet", "mmseg")
REGISTERED = re.compile(rf"(?:(?:{'|'.join(SCOPES)})\.)?[A-Za-z_]\w*")
INFRASTRUCTURE = frozenset(
    {
        "segdet_kit.openmmlab.blocks.with_blocks",
        "segdet_kit.openmmlab.loop.ResumableTrainLoop",
        "segdet_kit.openmmlab.panoptic.LoadPanopticAnnotations",
        "segdet_kit.openmmlab.sampling.ResumableSampler",
        "segdet_kit.openmmlab.sampling.SeededDataset",
        "segdet_kit.openmmlab.transfer.FreezeHook",
        "segdet_kit.openmmlab.transfer.LayerDecayConstructor",
    }
)
"""The kit's own machinery that assembled configs name beside the components."""
TYPE_KEYS = ("type", "constructor", "ema_type")
"""Where a config names what mmengine looks up, imports and calls."""


def check_types(config: Any, known: Iterable[str]) -> None:
    """Refuse a config with a ``type`` that is neither in ``known`` nor spelled like a registered name.

    ``known``: the dotted names of the installed components. Raises ``PolicyError`` naming the key.
    """
    allowed = frozenset(known) | INFRASTRUCTURE
    for path, value in types_of(config, ""):
        if isinstance(value, str) and (value in allowed or REGISTERED.fullmatch(value)):
            continue
        guess = nearest(value, allowed) if isinstance(value, str) else None
        raise PolicyError(
            f"{path} = {value!r} is neither an installed component nor a registered name",
            (f"did you mean {guess!r}? " if guess else "")
            + "a config that is data may name components only; see: segdet-kit plugins list",
        )


def types_of(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield what each ``type`` of a config says, and its dotted path below ``path``."""
    if isinstance(value, dict):
        for key, item in value.items():
            below = f"{path}.{key}" if path else str(key)
            if key in TYPE_KEYS and item is not None:
                yield below, item
            else:
                yield from types_of(item, below)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from types_of(item, f"{path}.{index}" if path else str(index))

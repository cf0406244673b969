"""Weights without code: whatever is more than plain data is refused.

A ``.pth`` file is a pickle, and a pickle is a program. mmengine tries ``weights_only=True``, and where
that fails it runs the program. Here nothing but an allow-list of plain types is ever built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import nn

from segdet_kit.errors import CheckpointError
from segdet_kit.openmmlab.tensors import read_tensors

HINT = "ask its author for a .safetensors file, or for one that holds only tensors and numbers"


def read(file: str | Path | IO[bytes], map_location: Any = "cpu") -> dict[str, Any]:
    """Read a checkpoint: ``.safetensors``, or what ``torch.save`` wrote of tensors and plain types.

    Raises ``CheckpointError`` when the file is missing, damaged, or asks for anything else.
    """
    if not isinstance(file, (str, Path)):
        with _plain_types(), _refusals("the checkpoint"):
            return _without_config(torch.load(file, map_location=map_location, weights_only=True))
    path = Path(file).expanduser()
    if not path.is_file():
        raise CheckpointError(
            f"checkpoint {path} does not exist", "give the path of a .pth or .safetensors file"
        )
    with _refusals(str(path)):
        if path.suffix == ".safetensors":
            device = map_location if isinstance(map_location, (str, torch.device)) else "cpu"
            return dict(read_tensors(path, str(device)))
        with _plain_types():
            return _without_config(torch.load(path, map_location=map_location, weights_only=True))


def load_weights(model: nn.Module, path: str | Path) -> dict[str, Any]:
    """Load every weight of ``model`` from ``path`` and return the rest of what the checkpoint holds.

    Raises ``CheckpointError`` when a tensor is missing, unknown to the model or of another shape.
    """
    checkpoint = read(path)
    fit(model, checkpoint.pop("state_dict", checkpoint), str(path))
    return checkpoint


def fit(model: nn.Module, weights: Mapping[str, Any], name: str) -> None:
    """Load all of ``weights``, which come from ``name``, into ``model``. Raises as ``load_weights`` does."""
    state = {key.removeprefix("module."): value for key, value in weights.items()}
    own = model.state_dict()
    reshaped = [
        f"{key} is {tuple(state[key].shape)}, the model's {tuple(own[key].shape)}"
        for key in own
        if key in state and own[key].shape != state[key].shape
    ]
    missing, unexpected = ([], []) if reshaped else model.load_state_dict(state, strict=False)
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    faults = {"missing": missing, "unexpected": unexpected, "of another shape": reshaped}
    if any(faults.values()):
        lines = [f"{len(keys)} {what}: {', '.join(keys[:3])}" for what, keys in faults.items() if keys]
        raise CheckpointError(
            f"{name} holds the weights of another model ({'; '.join(lines)})",
            "use the config it was trained with: its run folder holds that",
        )


def guard() -> None:
    """Put this module in place of every way by which mmengine reads a checkpoint. Can be repeated."""
    from mmengine.runner import checkpoint

    checkpoint._safe_torch_load = _safe_torch_load
    checkpoint.load_url = _load_url
    checkpoint.CheckpointLoader.register_scheme("", loader=load_from_local, force=True)


def load_from_local(filename: str, map_location: Any) -> dict[str, Any]:
    """Stand in for mmengine's loader of local files, which it knows by this name."""
    return read(filename, map_location)


def _safe_torch_load(file: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
    return read(file, map_location)


def _load_url(url: str, model_dir: str | None = None, map_location: Any = None, progress: bool = True) -> Any:
    with _plain_types(), _refusals(url):
        return torch.hub.load_state_dict_from_url(url, model_dir, map_location, progress, weights_only=True)


def _without_config(checkpoint: Any) -> dict[str, Any]:
    """Drop the config of mmcv 1.x: mmengine executes it as Python when a run is resumed."""
    if not isinstance(checkpoint, dict):
        raise CheckpointError(f"a checkpoint holds a dict, not a {type(checkpoint).__name__}", HINT)
    if isinstance(meta := checkpoint.get("meta"), dict):
        meta.pop("config", None)
    return checkpoint


@contextmanager
def _refusals(name: str) -> Iterator[None]:
    try:
        yield
    except CheckpointError:
        raise
    except Exception as error:
        if found := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise CheckpointError(
                f"{name} is refused: it asks for {found[1]}, which is code and not weights", HINT
            ) from None
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise CheckpointError(
            f"{name} cannot be read: {reason}", "it is damaged, or no checkpoint"
        ) from error


def _plain_types() -> Any:
    from mmengine.logging import HistoryBuffer

    numbers = [type(np.dtype(code)) for code in "?bBhHiIlLqQefdFD"]
    allowed: list[Any] = [np.ndarray, np.dtype, HistoryBuffer, *numbers]
    allowed.append((_history_statistic, "builtins.getattr"))
    values: list[Any] = [np.ndarray(0), np.float64(0)]
    for value in values:
        rebuild = value.__reduce__()[0]  # moved to another module in numpy 2, for files of both ages
        for package in ("numpy.core", "numpy._core"):
            allowed.append((rebuild, f"{package}.multiarray.{rebuild.__name__}"))
    return torch.serialization.safe_globals(allowed)


def _history_statistic(owner: object, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr``: mmengine's log buffers name their four statistics by it."""
    from mmengine.logging import HistoryBuffer

    if owner is HistoryBuffer and name in ("min", "max", "mean", "current"):
        statistic: Callable[..., Any] = getattr(HistoryBuffer, name)
        return statistic
    raise CheckpointError(f"the checkpoint is refused: it asks for getattr({owner!r}, {name!r})", HINT)

"""Batches on their way to a GPU: the next one is copied while the last one is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor


def pin_memory(loader: MutableMapping[str, Any], device: torch.device) -> None:
    """Let the loader of this config read into memory that a GPU copies from by itself, unless it says."""
    if device.type == "cuda":
        loader.setdefault("pin_memory", True)


def fed(batches: Iterable[Any], device: torch.device) -> Iterable[Any]:
    """Return the same batches, on their way to ``device`` if it is a GPU; a CPU needs no copy."""
    return batches if device.type == "cpu" else copied_ahead(batches, device)


def copied_ahead(batches: Iterable[Any], device: torch.device) -> Iterator[Any]:
    """Yield batches on ``device``, each of which was copied by a stream of its own beside the one before.

    Copies from memory that is not pinned are as right, but the host waits for them.
    """
    streams: Any = torch.get_device_module(device)
    beside, mover = streams.Stream(), BaseDataPreprocessor(non_blocking=True).to(device)
    ahead: tuple[Any, Any] | None = None
    for batch in batches:
        # What is computed by now frees the memory of batches before the one that is ahead: copies may use it.
        beside.wait_stream(streams.current_stream())
        with streams.stream(beside):
            copied, arrived = mover.cast_data(batch), streams.Event()
            arrived.record(beside)
        if ahead:
            streams.current_stream().wait_event(ahead[1])
            yield ahead[0]
        ahead = copied, arrived
    if ahead:
        streams.current_stream().wait_event(ahead[1])
        yield ahead[0]

"""Batches on their way to a GPU: the next one is copied while the last one is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

import torch


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
    beside = streams.Stream()
    waiting: list[tuple[Any, Any]] = []
    for batch in batches:
        # What is computed by now frees the memory of batches before the one that waits: copies may use it.
        beside.wait_stream(streams.current_stream())
        with streams.stream(beside):
            copy, arrived = _on(batch, device), streams.Event()
            arrived.record(beside)
        waiting.append((copy, arrived))
        if len(waiting) > 1:
            yield _first(waiting, streams)
    if waiting:
        yield _first(waiting, streams)


def _first(waiting: list[tuple[Any, Any]], streams: Any) -> Any:
    copy, arrived = waiting.pop(0)
    streams.current_stream().wait_event(arrived)
    return copy


def _on(value: Any, device: torch.device) -> Any:
    """Copy tensors, and what holds some, of nested containers; others stay."""
    if isinstance(value, Mapping):
        return {key: _on(item, device) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_on(item, device) for item in value])
    return value.to(device, non_blocking=True) if hasattr(value, "to") else value

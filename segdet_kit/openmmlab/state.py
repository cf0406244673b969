"""OpenMMLab's process-wide state, borrowed and given back.

mmengine keeps its default scope, loggers, message hubs and visualizers in dictionaries of the
process, and the device in a module's constant. Whoever builds or runs a model does so inside
``isolated``, so that a detector and a segmenter can live side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.arguments import arguments_checked
from segdet_kit.openmmlab.launching import check_nodes
from segdet_kit.openmmlab.quiet import quiet


@contextmanager
def isolated(device: torch.device | str = "cpu", scope: str | None = None) -> Iterator[torch.device]:
    """Let mmengine see ``device`` as the only one, and restore all its global state at the end.

    ``scope``: ``"mmdet"`` or ``"mmseg"``, in which bare type names are looked up meanwhile. Raises
    ``RecipeError`` where a component does not take the arguments of a config, ``KitError`` for what
    ``check_nodes`` refuses.
    """
    from mmengine.device import utils
    from mmengine.registry import DefaultScope

    check_nodes()
    device = choose_device(device) if isinstance(device, str) else device
    singletons = {cls: cls._instance_dict.copy() for cls in _managers()}
    before = utils.DEVICE
    utils.DEVICE = device.type  # get_device(), which all of OpenMMLab asks, reads this
    try:
        scoped = DefaultScope.overwrite_default_scope(scope)
        with quiet(), arguments_checked(), _current_cuda(device), scoped:
            yield device
    finally:
        utils.DEVICE = before
        for cls in _managers():
            kept = singletons.get(cls, {})
            for name, instance in cls._instance_dict.items():
                if name not in kept:
                    _close(instance)
            cls._instance_dict = type(cls._instance_dict)(kept)


def choose_device(name: str) -> torch.device:
    """Return the device that ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` means on this machine.

    Raises ``KitError`` when it is not there, naming what is.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    existing = ["cpu", *(f"cuda:{index}" for index in range(count))]
    asked = {"auto": existing[min(count, 1)], "cuda": "cuda:0"}.get(name, name)
    if asked not in existing:
        raise KitError(f"there is no device {name!r} here", f"this machine has: {', '.join(existing)}")
    return torch.device(asked)


@contextmanager
def _current_cuda(device: torch.device) -> Iterator[None]:
    if device.type != "cuda":
        yield
        return
    with torch.cuda.device(device):
        yield


def _managers() -> list[Any]:
    from mmengine.utils import ManagerMixin

    found, rest = [], ManagerMixin.__subclasses__()
    while rest:
        found.append(rest.pop())
        rest += found[-1].__subclasses__()
    return found


def _close(instance: Any) -> None:
    """Close the log files of a logger or visualizer that nobody will find again."""
    for handler in getattr(instance, "handlers", ()):
        handler.close()
    if hasattr(instance, "close"):
        instance.close()

"""The program that imports the stack, in a process of its own: it may fail, hang or crash there.

It writes JSON lines to its standard output: ``{"begin": STEP}`` before each step and
``{"end": STEP, ...}`` after it, so that after a crash the last line names what was under way.
Whatever the imported packages print goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

IMPORTS: Mapping[str, tuple[str, ...]] = {
    "numpy": (),
    "torch": (),
    "torchvision": ("torch",),
    "cv2": ("numpy",),
    "mmengine": ("numpy",),
    "mmcv": ("mmengine", "cv2"),
    "mmcv.ops": ("mmcv", "torchvision"),  # which implements some of the kit's operators
    "mmdet.models": ("mmcv.ops",),
    "mmseg.models": ("mmcv.ops",),
}
"""What is imported, in order, and what must have been imported for the attempt to tell anything new."""


def main() -> None:
    """Provide the operators, import the stack and list the devices."""
    with os.fdopen(os.dup(1), "w", buffering=1) as channel:
        os.dup2(2, 1)

        def step(name: str, work: Callable[[], dict[str, Any]]) -> bool:
            print(json.dumps({"begin": name}), file=channel)
            try:
                outcome = work()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a broken package raises
                outcome = {"error": type(error).__name__, "text": str(error), "missing": _missing(error)}
            print(json.dumps({"end": name, **outcome}), file=channel)
            return "error" not in outcome

        step("mmcv._ext", _provide_operators)
        imported: set[str] = set()
        for name, needs in IMPORTS.items():
            if imported.issuperset(needs) and step(name, lambda name=name: _import(name)):  # type: ignore[misc]
                imported.add(name)
        if "torch" in imported:
            step("torch.cuda", _devices)


def _missing(error: BaseException) -> str | None:
    return error.name if isinstance(error, ModuleNotFoundError) else None


def _provide_operators() -> dict[str, Any]:
    from segdet_kit.openmmlab import ops

    return {"provider": ops.install()}


def _import(name: str) -> dict[str, Any]:
    module = importlib.import_module(name)
    if name == "torchvision":  # some versions import without their operators, and only warn
        import torch

        module.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    return {}


def _devices() -> dict[str, Any]:
    import torch

    cuda = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    mps = torch.backends.mps.is_available()
    return {"devices": {"cpu_threads": torch.get_num_threads(), "cuda": cuda, "mps": mps}}

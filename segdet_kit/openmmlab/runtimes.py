"""What the target of a ``Runtime`` does, the contract with plugins; and which runtime is to run what."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from segdet_kit.catalog import installed
from segdet_kit.components import Exporter, Runtime, Task
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.preflight import import_object

if TYPE_CHECKING:
    import torch
    from torch import nn

    from segdet_kit.openmmlab.export.graph import Run

TORCH = "torch"
"""What a ``Runtime`` runs that runs models of checkpoints; and the name of the one that does by default."""


class ModelRuntime(Protocol):
    """What the target of a ``Runtime`` that runs ``"torch"`` returns."""

    def prepare(self, model: nn.Module, precision: str) -> nn.Module:
        """Return what predicts as ``model`` does, by its ``test_step``.

        ``model``: of OpenMMLab, in evaluation mode, on its device; it may be changed. ``precision``: one of
        the component's. Raise ``KitError`` for what cannot be run.
        """


class ArtifactRuntime(Protocol):
    """What the target of a ``Runtime`` that runs files returns."""

    def load(self, folder: Path, device: torch.device) -> Run:
        """Return what runs the files that an exporter left in ``folder``, on as many threads as torch has."""


def choose(name: str, given: Collection[str], what: str, task: Task | None = None) -> Runtime:
    """Return the runtime of this name. ``given``: ``"torch"``, or the suffixes of an artifact's files.

    Raises ``KitError`` if it runs none of them: the message calls them ``what``, and the hint says what does.
    """
    runtime = installed().get(Runtime, name, task)
    if not {*runtime.runs} & {*given}:
        able = ", ".join(each.name for each in able_to_run(given)) or "none"
        raise KitError(f"runtime {name!r} does not run {what}", f"runtimes that do: {able}")
    return runtime


def able_to_run(given: Collection[str]) -> list[Runtime]:
    """Return the runtimes that are installed for ``"torch"``, or for files of any of these suffixes."""
    runtimes = [each for each in installed().components("runtime") if isinstance(each, Runtime)]
    return [each for each in runtimes if {*each.runs} & {*given}]


def device_of(runtime: Runtime, device: str) -> torch.device:
    """Return the device that ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` means to a runtime.

    Raises ``KitError`` for one that it does not run on, or that is not there.
    """
    from segdet_kit.openmmlab.state import choose_device

    if device == "auto" and len(runtime.devices) == 1:
        device = runtime.devices[0]
    if device != "auto" and device.partition(":")[0] not in runtime.devices:
        places = " and ".join(runtime.devices)
        raise KitError(
            f"runtime {runtime.name!r} runs on {places}, not on {device}", f"--device {runtime.devices[0]}"
        )
    return choose_device(device)


def precision_of(runtime: Runtime, asked: str | None, own: str | None = None) -> str:
    """Return what to compute in. ``own``: an artifact's, which cannot be changed. Raises ``KitError``."""
    if own is not None and asked not in (None, own):
        raise KitError(
            f"this artifact computes in {own}, not in {asked}", "export the model again, to another format"
        )
    precision = asked or own or runtime.precisions[0]
    if precision not in runtime.precisions:
        raise KitError(
            f"runtime {runtime.name!r} does not compute in {precision}",
            f"it computes in: {', '.join(runtime.precisions)}",
        )
    return precision


def make(component: Exporter | Runtime) -> Any:
    """Import a component's target and call it. Raises ``KitError`` where it cannot be imported."""
    wanted_by = f"{component.kind} {component.name!r}"
    return import_object(component.type, wanted_by)(**component.defaults)


def file_of(folder: Path, suffix: str) -> Path:
    """Return the one file of an artifact that has this suffix. Raises ``KitError`` if there is not one."""
    found = sorted(folder.glob(f"*.{suffix}"))
    if len(found) != 1:
        raise KitError(f"{folder} holds {len(found)} .{suffix} files", "an exported model holds one")
    return found[0]

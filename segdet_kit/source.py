"""A trained model, as the command line names it: a run, config and weights, a bundle, an exported model."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from segdet_kit.artifact import is_artifact
from segdet_kit.assemble import Assembled, assemble
from segdet_kit.assemble.layers import leaves
from segdet_kit.bundle.envelope import is_bundle
from segdet_kit.catalog import installed
from segdet_kit.errors import KitError, PolicyError, RecipeError
from segdet_kit.openmmlab import ops
from segdet_kit.recipe import Native, apply_settings, from_data, read, read_assignments
from segdet_kit.strict_json import MAX_BYTES
from segdet_kit.untrusted import check_untrusted, evaluated, read_json, unmarked

CONFIG = "config.py"
CHECKPOINTS = ("best.pth", "last.pth")
"""What a run folder holds, in the order of preference."""
OPENED = ExitStack()
"""The bundles that this process uses."""
atexit.register(OPENED.close)


@dataclass(frozen=True)
class Source:
    """A model's assembled config, as plain data, and its weights, or the folder of an exported model in their
    place. ``run``: the run folder both came from. ``untrusted``: a stranger wrote the config, and it passed
    ``check_untrusted``.
    """

    config: dict[str, Any]
    checkpoint: Path
    run: Path | None = None
    untrusted: bool = False

    def building(self) -> AbstractContextManager[None]:
        """Return what the model must be built and run inside: where it is untrusted, strict registries."""
        if not self.untrusted:
            return nullcontext()
        from segdet_kit.openmmlab.strict import strict_registry

        return strict_registry()


class SourceExporterTarget(Protocol):
    """What the target of an ``Exporter`` that takes a source returns, called with its settings as arguments.

    They are the component's ``defaults``, what a recipe says, and those options of ``segdet-kit export`` that
    are named as an argument is. The call comes before anything is written, and raises ``KitError`` for
    settings that nothing can come of.
    """

    def write(self, source: Source, folder: Path) -> None:
        """Write into the empty ``folder``, which is moved when it is whole. Raise ``KitError`` for a model
        that it cannot write.
        """

    def deliver(self, folder: Path) -> list[str]:
        """Do what can only be done when the folder has its name, such as to send a file on. Return lines that
        tell what it holds. Raise ``KitError`` where that fails; the folder stays.
        """


def resolve(
    source: str | Path,
    checkpoint: Path | None = None,
    settings: Sequence[str] = (),
    untrusted: bool = False,
) -> Source:
    """Find config and weights of a run folder, of an exported model, or of a config file with its weights; or
    open a sealed bundle, in memory, until the process ends.

    Raises ``KitError`` for a run that saved nothing yet and for a config without weights; and what
    ``assemble_source`` raises, ``assemble_untrusted`` or ``unsealed``.
    """
    path = Path(source)
    if is_bundle(path):
        return _from_bundle(path, checkpoint, settings)
    if untrusted:
        config = assemble_untrusted(path, settings).config
        return Source(config, _tensors_only(path, checkpoint), untrusted=True)
    config = assemble_source(path, settings).config
    if path.is_dir() and is_artifact(path):
        return Source(config, checkpoint or path)
    if path.is_dir():
        return Source(config, checkpoint or _checkpoint_of(path), path)
    if checkpoint is None:
        raise KitError(
            f"{path} is a config, and no weights are given",
            f"add them: {path} CHECKPOINT.pth; or name the run folder, which holds both",
        )
    return Source(config, checkpoint)


def assemble_source(path: Path, settings: Sequence[str] = ()) -> Assembled:
    """Assemble what a recipe, a config or a run folder says. ``settings``: those of ``--set``.

    A run's config is read as data and never executed; its ``settings`` are keys of that config. Raises
    ``KitError`` for a folder that is no run, and what reading and assembling raise.
    """
    ops.install()  # a native config is a program, and may import modules that need mmcv's operators
    if not path.is_dir():
        return assemble(read(path, settings), installed())
    config = path / CONFIG
    if not config.is_file():
        raise KitError(f"{path} is no run folder: it has no {CONFIG}", "segdet-kit train writes run folders")
    native = Native(config, apply_settings(read_assignments(config), settings))
    try:
        return assemble(native, installed())
    except PolicyError as error:
        raise PolicyError(
            error.message,
            f"{error.hint}; if the run was trained from a Python config of yours, "
            f"name that instead: CONFIG {path}/{CHECKPOINTS[0]}",
        ) from error


def assemble_untrusted(path: Path, settings: Sequence[str] = ()) -> Assembled:
    """Assemble a stranger's recipe or config, and return of it what an evaluation builds.

    It is JSON, and no other file is read for it. Raises ``KitError`` for another kind of file,
    ``PolicyError`` for what could run code, and what reading and assembling raise.
    """
    if path.suffix != ".json" or not path.is_file():
        raise KitError(
            f"{path} is no .json file, and of a stranger's nothing else is read",
            "its sender can write one: segdet-kit show RUN --format json > config.json",
        )
    with path.open("rb") as file:
        data = unmarked(read_json(file.read(MAX_BYTES + 1), str(path)))
    if not isinstance(data, dict):
        raise RecipeError(f"{path}: no keys at the top level", "write keys and values, such as task and head")
    assembled = assemble(from_data(data, path, settings), installed())
    config = evaluated(assembled.config)
    check_untrusted(config)
    origins = {place: assembled.origins.get(place, "wired: to evaluate it") for place in leaves(config, "")}
    return replace(assembled, config=config, origins=origins)


def _from_bundle(path: Path, checkpoint: Path | None, settings: Sequence[str]) -> Source:
    if checkpoint is not None:
        raise KitError(f"{path} holds its own weights", f"leave out {checkpoint}")
    from segdet_kit.bundle.loading import unsealed

    config, weights = OPENED.enter_context(unsealed(path, settings))
    return Source(config, weights, untrusted=True)


def _tensors_only(config: Path, checkpoint: Path | None) -> Path:
    if checkpoint is None or checkpoint.suffix != ".safetensors":
        raise KitError(
            f"{checkpoint or 'nothing'} holds the weights of {config}, and a stranger's come as .safetensors",
            "of a .pth file: segdet-kit import FILE.pth --out FILE.safetensors",
        )
    return checkpoint


def _checkpoint_of(run: Path) -> Path:
    for name in CHECKPOINTS:
        if (run / name).is_file():
            return run / name
    raise KitError(
        f"run {run} has no checkpoint yet: neither {' nor '.join(CHECKPOINTS)}",
        f"train it first: segdet-kit train {run} --resume",
    )

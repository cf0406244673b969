"""Tries attacks on the kit, and tells of each what happened: ``ran``, ``read``, or how it was refused."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.attacks import command_lines, plugin_lists
from tests.attacks.annotations import OUTSIDE, annotations
from tests.attacks.configs import configs
from tests.attacks.pickles import pickles
from tests.attacks.trap import Trap

HARM = ("ran", "read")
PIPELINE = [
    {"type": "LoadImageFromFile"},
    {"type": "LoadAnnotations", "with_bbox": True, "with_mask": True},
]


def outcome(trap: Trap, attempt: Callable[[], Any]) -> str:
    """Make an attempt and tell whether code ran, something was read, or which kind of error stopped it."""
    trap.sprung()
    said = "accepted"
    try:
        said = "read" if attempt() == "read" else said
    except (Exception, SystemExit) as error:  # noqa: BLE001 - however an attack fails
        said = f"refused: {type(error).__name__}"
    return "ran" if trap.sprung() else said


def try_configs(trap: Trap) -> Iterator[tuple[str, str]]:
    """A stranger's config, through everything that ``show`` and then ``test`` do with it."""
    from segdet_kit.openmmlab.strict import strict_registry
    from segdet_kit.source import assemble_untrusted

    path = trap.folder / "config.json"

    def attempt() -> None:
        config = assemble_untrusted(path).config
        from mmengine.registry import MODELS

        with strict_registry(), MODELS.switch_scope_and_registry("mmdet") as registry:
            registry.build(config["model"])

    for name, _, text in configs(trap):
        path.write_text(text)
        yield name, outcome(trap, attempt)


def try_pickles(trap: Trap) -> Iterator[tuple[str, str]]:
    """What ``segdet-kit import``, ``test`` and ``predict`` read checkpoints with."""
    from segdet_kit.openmmlab.checkpoint import read

    for name, path in pickles(trap, trap.folder / "pickles"):
        yield name, outcome(trap, lambda path=path: read(path))  # type: ignore[misc]


def try_annotations(trap: Trap) -> Iterator[tuple[str, str]]:
    """A data set, built and looked at as ``test`` does, and its first sample loaded."""
    from mmengine.registry import DATASETS

    from segdet_kit.openmmlab.loading import check_samples
    from segdet_kit.openmmlab.runtime import prepare
    from segdet_kit.openmmlab.state import isolated

    prepare()
    config = {
        "type": "segdet_kit.builtin.datasets.coco.CocoFolder", "task": "instance", "split": "test",
        "classes": ["cat"], "annotations": "coco.json", "images": "images", "test_mode": True,
        "pipeline": PIPELINE,
    }  # fmt: skip

    def attempt(root: Path) -> str:
        settings = {**config, "root": str(root)}
        with isolated("cpu", "mmdet"):
            dataset = DATASETS.build(dict(settings))
            check_samples(dataset, settings)
            return shown(dataset[0])

    for name, root in annotations(trap, trap.folder / "data"):
        yield name, outcome(trap, lambda root=root: attempt(root))  # type: ignore[misc]


def try_plugin_lists(trap: Trap) -> Iterator[tuple[str, str]]:
    """Discovering plugins, as every command does."""
    for name, site, environment in plugin_lists.plugin_lists(trap, trap.folder / "sites"):
        yield name, outcome(trap, lambda s=site, e=environment: plugin_lists.attempt(s, e))  # type: ignore[misc]


def try_command_lines(trap: Trap) -> Iterator[tuple[str, str]]:
    """The command line, and the environment of a cluster."""
    for name, arguments, environment in command_lines.command_lines(trap):
        yield name, outcome(trap, lambda a=arguments, e=environment: command_lines.attempt(a, e))  # type: ignore[misc]
    for nodes in command_lines.node_lists(trap):
        yield f"SLURM_NODELIST={nodes}", outcome(trap, lambda n=nodes: command_lines.attempt_nodes(n))  # type: ignore[misc]


CORPORA = {
    "configs": try_configs,
    "pickles": try_pickles,
    "annotation files": try_annotations,
    "plugin lists": try_plugin_lists,
    "command lines": try_command_lines,
}


def shown(sample: Any) -> str:
    """Tell whether a sample shows the picture beside the data set, or is larger than any image."""
    image, masks = sample["img"], sample.get("gt_masks")
    if image.size > 3 * 100_000_000 or tuple(image[0, 0, ::-1]) == OUTSIDE:
        return "read"
    large = masks is not None and any(mask.shape[-2] * mask.shape[-1] > 40 * 30 for mask in masks.masks)
    return "read" if large else ""


def counted(outcomes: Iterator[tuple[str, str]]) -> tuple[Counter[str], list[str]]:
    """Return how often each outcome came, and the names of the attacks that did harm."""
    told = list(outcomes)
    return Counter(said for _, said in told), [name for name, said in told if said in HARM]


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, as relative paths of attacks need it."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)

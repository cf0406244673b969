"""What a benchmark measures: a target under one setting, and the steps that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, get_args

Mode = Literal["infer", "train", "data", "startup"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Spec:
    """A target under one setting, as plain data: it travels to a process of its own.

    ``target``: a recipe, a config, a run folder or an exported model. ``checkpoint``: its weights; None
    means a run's own, and random ones for a recipe or config. ``runtime``, ``size`` (height, width) and
    ``precision`` are the target's own where None. ``batch_size``: images of a step. ``device``: ``auto``,
    ``cpu``, ``cuda`` or ``cuda:N``. ``threads``: how many compute. ``settings``: those of ``--set``.
    ``with_accuracy``: whether ``Workload.facts`` tells the scores too.

    Modes: ``infer`` goes from image files to results; ``train`` makes iterations; ``data`` runs the training
    pipeline alone; ``startup`` has one image done when it is open, and takes no step.
    """

    target: str
    checkpoint: str | None = None
    mode: Mode = "infer"
    runtime: str | None = None
    batch_size: int = 1
    size: tuple[int, int] | None = None
    precision: str | None = None
    device: str = "cpu"
    threads: int = 1
    settings: tuple[str, ...] = ()
    with_accuracy: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it: tuples become lists."""
        return asdict(self) | {"size": self.size and list(self.size), "settings": list(self.settings)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Spec:
        """Return what ``to_json`` told of."""
        size = values["size"] and (int(values["size"][0]), int(values["size"][1]))
        return cls(**{**values, "size": size, "settings": tuple(values["settings"])})


class Workload(Protocol):
    """An open target. Each of equal specs meets the same images in the same order.

    ``facts`` is JSON: what is known of the target, as far as it is known: ``parameters``, ``flops`` (of one
    image), ``file_bytes``, ``device`` (its name), ``runtime``, ``precision``, ``size``, ``accuracy`` (scores
    by name), ``weights`` (``random`` or the file), ``versions`` (of the distributions that compute) and
    ``notes`` (sentences for the reader). ``images_per_step``: at least 1.
    """

    images_per_step: int

    @property
    def facts(self) -> Mapping[str, Any]:
        """Tell what is known. Can build another model and take minutes: read it when all is measured."""

    def step(self) -> Mapping[str, float]:
        """Do the next batch; return the seconds of each stage, and of all of it as ``total``."""

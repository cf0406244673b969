"""What a plugin says of the components it offers: plain descriptions, importing nothing.

A description names its implementation by a string (``target``), which is imported only when a run
needs it, so that listing, checking and assembling work without torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

Task = Literal["detection", "instance", "semantic", "panoptic"]
TASKS: tuple[Task, ...] = get_args(Task)
DETECTION_TASKS: tuple[Task, ...] = ("detection", "instance", "panoptic")
Toolbox = Literal["mmdet", "mmseg"]
Precision = Literal["fp32", "bf16", "fp16", "int8"]
TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def toolbox(task: Task) -> Toolbox:
    """Return the OpenMMLab package that trains a task: mmseg for semantic, mmdet for the rest."""
    return "mmseg" if task == "semantic" else "mmdet"


@dataclass(frozen=True, kw_only=True)
class Component:
    """Something that a recipe can name. The subclass is its kind.

    ``name``: what a recipe writes: lower case, digits, dots and hyphens. ``target``:
    ``"package.module:Name"``, a class or function. ``summary``: one line for ``plugins list``.
    ``defaults``: the target's arguments unless a recipe says otherwise; literals only, since they
    are written into the assembled config. Raises ``ValueError`` when a field is malformed.
    """

    kind: ClassVar[str]

    name: str
    target: str
    summary: str
    tasks: tuple[Task, ...] = TASKS
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", self.name):
            raise ValueError(f"{self.kind} name {self.name!r}: use lower case, digits, '.' and '-'")
        if not TARGET.fullmatch(self.target):
            raise ValueError(f"{self.kind} {self.name!r}: {self.target!r} is not 'package.module:Name'")
        if not self.summary.strip() or "\n" in self.summary:
            raise ValueError(f"{self.kind} {self.name!r}: summary must be one line that is not empty")
        unknown = [task for task in self.tasks if task not in TASKS]
        if unknown or not self.tasks:
            raise ValueError(f"{self.kind} {self.name!r}: tasks {list(self.tasks)} are not among {TASKS}")
        if not is_literal(dict(self.defaults)):
            raise ValueError(f"{self.kind} {self.name!r}: defaults must be literals: {dict(self.defaults)!r}")

    @property
    def type(self) -> str:
        """The target as an OpenMMLab config writes it in ``type``: ``package.module.Name``."""
        return self.target.replace(":", ".")


def is_literal(value: object) -> bool:
    """Tell whether a config can hold this value and be written and read again unchanged."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and is_literal(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return all(is_literal(item) for item in value)
    return value is None or isinstance(value, (str, bool, int, float))


@dataclass(frozen=True, kw_only=True)
class Backbone(Component):
    """A feature extractor: image batch (N, 3, H, W) to a tuple of maps, one for each level.

    The target takes ``out_indices`` (which levels to return, counted from 0) and ``pretrained``
    (``False``, ``True`` for the weights it knows, the path of a checkpoint, ``dict(package=..., file=...)``
    or ``dict(url=..., sha256=...)``: ``segdet_kit.openmmlab.weights`` finds and loads them).
    ``out_channels`` and ``strides``: of every level it can return, finest first. Where they depend
    on the arguments, ``levels`` names a torch-free function ``"package.module:function"`` which
    takes the target's keyword arguments and returns ``(out_channels, strides)``.
    ``mean`` and ``std``: what its weights expect, for RGB in 0..255.
    ``dilated``: output stride to the extra arguments that reach it by dilation (Yu and Koltun 2016).
    """

    kind = "backbone"
    out_channels: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    levels: str | None = None
    mean: tuple[float, float, float] = (123.675, 116.28, 103.53)
    std: tuple[float, float, float] = (58.395, 57.12, 57.375)
    dilated: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.out_channels) != len(self.strides):
            raise ValueError(f"backbone {self.name!r}: as many strides as out_channels are needed")
        if not self.out_channels and self.levels is None:
            raise ValueError(f"backbone {self.name!r}: give out_channels and strides, or levels")


@dataclass(frozen=True, kw_only=True)
class Neck(Component):
    """Joins the levels of a backbone: a tuple of maps to a tuple of maps of equal channels.

    The target takes ``in_channels`` (a list), ``out_channels`` and ``num_outs`` (how many levels to
    return; extra ones are coarser), as mmdet's FPN does.
    """

    kind = "neck"


@dataclass(frozen=True, kw_only=True)
class Block(Component):
    """A part of a network that a recipe puts behind stages of a backbone, or behind levels of a neck.

    The target takes ``channels`` besides the ``defaults``, and turns maps (N, C, H, W) of so many channels
    into maps of the same shape, whatever their size. It begins close to the identity, so that what was
    pretrained around it stays of use.
    """

    kind = "block"


@dataclass(frozen=True, kw_only=True)
class Head(Component):
    """Turns features into detections, masks or label maps, and knows its losses.

    ``base``: the native config it grows from, ``"mmdet::..."`` or ``"mmseg::..."``.
    ``slot``: the key of that config's ``model`` which the target fills; empty where it is the model itself.
    ``strides``: of the levels it reads, finest first. None for a whole network, which keeps the base's
    own backbone, without weights; a recipe cannot name another.
    ``output_stride``: where a backbone can dilate, the stride its coarsest levels are kept at.
    ``losses``: the name a recipe uses to the place in ``model``, or the places, such as
    ``{"box": "bbox_head.loss_bbox"}``. ``decoded``: those of them whose own loss compares offsets. One that
    a recipe puts there compares boxes, so the head is told to decode them (mmdet's ``reg_decoded_bbox``).
    """

    kind = "head"
    base: str
    slot: str
    strides: tuple[int, ...]
    output_stride: int | None = None
    losses: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    decoded: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Loss(Component):
    """A loss that a recipe can put in a head's place for one: ``losses = dict(pixel='dice')``."""

    kind = "loss"


@dataclass(frozen=True, kw_only=True)
class Method(Component):
    """A way to train, in place of a model's own train step: ``method = 'adversarial'``.

    The target takes ``model``, the model that is trained, and ``loader``, its data loader, besides the
    ``defaults``, and returns a torch module: a ``TrainingMethod`` of ``segdet_kit.openmmlab.method``. The
    module's own networks and optimisers are resumed with the run, and no part of the trained model.
    """

    kind = "method"


@dataclass(frozen=True, kw_only=True)
class Augmentation(Component):
    """A transform of one sample: image, boxes, masks and label map together, in place of each other.

    ``stage``: ``"train"`` for what only training sees, ``"always"`` for preprocessing which
    testing and prediction need too.
    """

    kind = "augmentation"
    stage: Literal["train", "always"] = "train"


@dataclass(frozen=True, kw_only=True)
class Dataset(Component):
    """Reads one layout of images and labels.

    The target takes ``task``, ``split``, ``classes``, ``pipeline``, ``test_mode`` (off for training), its
    ``root`` where it has one, and its own arguments, and returns an mmengine dataset.
    ``layout``: the files it expects, in a line. ``classes``: by task, where the data set itself
    fixes them. For task panoptic these are the things, and ``stuff`` names the classes without objects;
    the target is then given both in ``classes``, stuff last, and ``stuff`` besides.
    """

    kind = "dataset"
    layout: str
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stuff: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Metric(Component):
    """Scores predictions: an mmengine metric whose ``compute_metrics`` returns numbers by name.

    ``reads``: what it needs of a prediction. A key ``per_class`` holds ``{class: {name: value}}``.
    ``best``: which of its values, larger being better, chooses the best checkpoint.
    """

    kind = "metric"
    reads: tuple[Literal["boxes", "masks", "label-map", "segments"], ...]
    best: str = ""


@dataclass(frozen=True, kw_only=True)
class Exporter(Component):
    """Writes a trained model for a runtime, or for other people. ``formats``: the suffixes of its files.

    ``takes``: ``"graph"``, what is computed alone, or ``"source"``, a model with all that is known of it. Of
    a graph, ``runtime`` names what runs the files unless somebody says otherwise, and ``precision`` is what
    they compute in; the target takes the ``defaults`` and returns an ``ExporterTarget`` of
    ``segdet_kit.openmmlab.export.graph``. Of a source, it takes settings of the recipe and the command line
    besides, and returns a ``SourceExporterTarget`` of ``segdet_kit.source``.
    """

    kind = "exporter"
    formats: tuple[str, ...]
    takes: Literal["graph", "source"] = "graph"
    runtime: str = ""
    precision: Precision = "fp32"

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.takes == "graph") != bool(self.runtime):
            raise ValueError(
                f"exporter {self.name!r}: one that takes a graph names a runtime, and no other does"
            )


@dataclass(frozen=True, kw_only=True)
class Runtime(Component):
    """Runs a trained model to predict. ``runs``: what it takes, either ``("torch",)`` or suffixes of files.

    ``"torch"`` is the model of a checkpoint: the target takes the ``defaults`` and returns a ``ModelRuntime``
    of ``segdet_kit.openmmlab.runtimes``. Suffixes are those of the files of exported models: it returns an
    ``ArtifactRuntime``. ``precisions``: what it can compute in, its own first. ``devices``: where it runs.
    """

    kind = "runtime"
    runs: tuple[str, ...]
    precisions: tuple[Precision, ...] = ("fp32",)
    devices: tuple[Literal["cpu", "cuda"], ...] = ("cpu",)


@dataclass(frozen=True, kw_only=True)
class Transport(Component):
    """Carries files to and from a place. ``schemes``: of the URLs it understands."""

    kind = "transport"
    schemes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reader(Component):
    """Reads frames for ``predict`` from what is no image file: a video, a volume, a camera.

    ``suffixes``: of the files it takes, such as ``(".mp4",)``; ``prefixes``: of the addresses, such as
    ``("camera:",)``. ``writer``: names what writes results back, ``"package.module:Name"``, and ``tracker``
    what recognises objects from frame to frame; empty where there is none. The three targets are a ``Read``,
    a ``Write`` and a ``Track`` of ``segdet_kit.reading``.
    """

    kind = "reader"
    suffixes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    writer: str = ""
    tracker: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.suffixes and not self.prefixes:
            raise ValueError(f"reader {self.name!r}: give suffixes or prefixes")
        if wrong := [each for each in self.suffixes if not re.fullmatch(r"(\.[a-z0-9]+)+", each)]:
            raise ValueError(f"reader {self.name!r}: {wrong[0]!r} is no suffix such as '.mp4'")
        if wrong := [each for each in self.prefixes if not re.fullmatch(r"[a-z][a-z0-9-]+:", each)]:
            raise ValueError(f"reader {self.name!r}: {wrong[0]!r} is no prefix such as 'camera:'")
        if wrong := [each for each in (self.writer, self.tracker) if each and not TARGET.fullmatch(each)]:
            raise ValueError(f"reader {self.name!r}: {wrong[0]!r} is not 'package.module:Name'")


KINDS: dict[str, type[Component]] = {
    cls.kind: cls
    for cls in (
        *(Backbone, Neck, Block, Head, Loss, Method, Augmentation),
        *(Dataset, Metric, Exporter, Runtime, Transport, Reader),
    )
}

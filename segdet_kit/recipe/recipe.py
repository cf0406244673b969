"""What a recipe may say, and reading one: plain data in, a validated :class:`Recipe` out. No code runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PlainValidator,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from segdet_kit.errors import RecipeError
from segdet_kit.recipe.datafiles import check_is_data
from segdet_kit.recipe.documents import Document, walk
from segdet_kit.recipe.faults import describe
from segdet_kit.recipe.layers import is_native, is_program, read_layers
from segdet_kit.recipe.pytext import write_assignments
from segdet_kit.recipe.settings import apply_settings, split_setting

__all__ = [
    "Blocks",
    "ComponentRef",
    "Native",
    "Recipe",
    "Runtime",
    "Schedule",
    "apply_settings",
    "dump_recipe",
    "read",
]

_INSTALLED_CONFIG = re.compile(r"(mmdet|mmseg)::([\w+-][\w.+-]*/)*[\w+-][\w.+-]*\.py")
"""A config inside an installed package: no path leads out of it, for a config is a program."""


class _Model(BaseModel):
    """Frozen, and strict: an unknown key is an error, and so is True or "3" where a number is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ComponentRef(_Model):
    """A component by its name, with arguments: ``'rotate'``, or ``dict(type='rotate', degrees=15)``."""

    type: str
    args: dict[str, Any] = {}

    @model_serializer
    def _as_written(self) -> str | dict[str, Any]:
        return {"type": self.type, **self.args} if self.args else self.type


def _component(value: Any) -> Any:
    if isinstance(value, ComponentRef):
        return value
    written = value if isinstance(value, dict) else {"type": value}
    name = written.get("type")
    if not isinstance(name, str) or not name:
        raise ValueError("must be a name, or a dict with a type and arguments")
    return ComponentRef(type=name, args={key: argument for key, argument in written.items() if key != "type"})


def _one_or_more(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        return _component(value)
    if not value:
        raise ValueError("must be a component or a list of some")
    return tuple(_component(each) for each in value)


def _sequence(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _size(value: Any) -> Any:
    sides = [value, value] if isinstance(value, int) else value
    whole = isinstance(sides, (list, tuple)) and all(type(side) is int and side > 0 for side in sides)
    if not whole or len(sides) != 2:
        raise ValueError("must be one side, or (height, width), in whole pixels")
    return tuple(sides)


def _optimizer(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, dict) and isinstance(value.get("type"), str)):
        return value
    raise ValueError("must be a name or a dict with a type")


Component = Annotated[ComponentRef, BeforeValidator(_component)]
OneOrMore = Annotated[ComponentRef | tuple[ComponentRef, ...], BeforeValidator(_one_or_more)]
Components = Annotated[tuple[Component, ...], BeforeValidator(_sequence)]


class Schedule(_Model):
    """How long and how fast to train. Epochs count passes over the training images."""

    epochs: PositiveInt = 12
    batch_size: PositiveInt = 8
    workers: NonNegativeInt = 0
    optimizer: Annotated[str | dict[str, Any], PlainValidator(_optimizer)] = "adamw"
    lr: PositiveFloat = 1e-3
    weight_decay: NonNegativeFloat = 0.05
    warmup_epochs: NonNegativeFloat = 0
    policy: Literal["cosine", "step", "poly", "constant"] = "cosine"
    clip_grad: PositiveFloat | None = None
    val_interval: PositiveInt = 1
    accumulate: PositiveInt = 1
    ema: Annotated[float, Field(gt=0, lt=1)] | None = None
    freeze: NonNegativeInt = 0
    layer_decay: Annotated[float, Field(gt=0, lt=1)] | None = None


class Blocks(_Model):
    """Where blocks are put: behind the stages of the backbone, and behind the levels of the neck."""

    backbone: Components = ()
    neck: Components = ()


class Runtime(_Model):
    """How to compute: the precision of the forward pass, the memory layout, and torch.compile."""

    precision: Literal["fp32", "fp16", "bf16"] = "fp32"
    channels_last: bool = False
    compile: bool = False


class Recipe(_Model):
    """A validated recipe. ``image_size`` is (height, width) in pixels, 512 x 512 unless given.

    ``classes`` of task panoptic are the things, objects that are told apart; ``stuff`` follows them.
    ``losses`` maps a slot of the head to its loss, or to several that are added up. ``overrides`` holds
    OpenMMLab's keys, merged last.
    """

    task: Literal["detection", "instance", "semantic", "panoptic"]
    classes: Annotated[tuple[str, ...], BeforeValidator(_sequence)] | None = None
    stuff: Annotated[tuple[str, ...], BeforeValidator(_sequence)] | None = None
    data: Component
    image_size: Annotated[tuple[int, int], PlainValidator(_size)] | None = None
    base: str | None = None
    backbone: Component | None = None
    neck: Component | None = None
    head: Component | None = None
    blocks: Blocks = Blocks()
    losses: dict[str, OneOrMore] = {}
    method: Component | None = None
    augmentations: Components = ()
    metrics: Components = ()
    exporters: Components = ()
    schedule: Schedule = Schedule()
    runtime: Runtime = Runtime()
    seed: NonNegativeInt = 0
    overrides: dict[str, Any] = {}

    _source: Path | None = PrivateAttr(default=None)
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("classes", "stuff")
    @classmethod
    def _names_are_distinct(cls, classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if classes is not None and (not all(classes) or not classes or len(set(classes)) < len(classes)):
            raise ValueError("must be one or more distinct names")
        return classes

    @field_validator("base")
    @classmethod
    def _base_is_installed(cls, base: str | None) -> str | None:
        if base is not None and not _INSTALLED_CONFIG.fullmatch(base):
            raise ValueError("must be a config of mmdet's or mmseg's own, such as 'mmdet::rtmdet/NAME.py'")
        return base

    @model_validator(mode="after")
    def _something_is_trained(self) -> Recipe:
        if self.head is None and self.base is None:
            raise ValueError("neither head nor base is given: write head = 'rtmdet', or base = 'mmdet::...'")
        return self

    @model_validator(mode="after")
    def _things_and_stuff_are_told_apart(self) -> Recipe:
        if self.stuff and self.task != "panoptic":
            raise ValueError("stuff is for task = 'panoptic': other tasks have classes alone")
        if both := sorted({*(self.stuff or ())} & {*(self.classes or ())}):
            raise ValueError(f"classes and stuff both name {', '.join(both)}: classes are the things")
        return self

    @property
    def source(self) -> Path | None:
        """The file that was read; None for a recipe made in memory."""
        return self._source

    @property
    def origins(self) -> dict[str, str]:
        """Where each dotted key path was said: ``file:line``, ``file``, or ``--set``."""
        return dict(self._origins)

    def as_data(self) -> dict[str, Any]:
        """What was said, as plain data: a recipe again when written to a file."""
        data = self.model_dump(exclude_unset=True)
        lists = ("classes", "stuff", "augmentations", "metrics", "exporters")
        return {
            key: list(value) if key in lists and value is not None else value for key, value in data.items()
        }


@dataclass(frozen=True)
class Native:
    """An OpenMMLab config. ``data`` is None if it is a Python program, which is then still to be run.

    ``settings`` are the ``--set`` that its reader has still to apply: all of them for a program, else none.
    """

    path: Path
    data: dict[str, Any] | None
    settings: tuple[str, ...] = ()
    origins: dict[str, str] = field(default_factory=dict)


def read(path: str | Path, settings: Iterable[str] = ()) -> Recipe | Native:
    """Read a recipe, or recognise an OpenMMLab config, from a ``.py``, YAML, TOML or JSON file.

    ``settings`` are the ``KEY=VALUE`` of ``--set``. Nothing of the file runs. Raises RecipeError, with file
    and line, for whatever is not data, no key of a recipe, or no value of its key.
    """
    path, settings = Path(path), tuple(settings)
    if not path.exists():
        raise RecipeError(f"{path}: no such file or folder", f"the path is taken relative to {Path.cwd()}")
    if path.suffix == ".py" and is_program(path):
        return Native(path, None, settings)
    layer = read_layers(path)
    return _made(layer.data, path, settings, layer.origins)


def from_data(data: dict[str, Any], path: Path, settings: Iterable[str] = ()) -> Recipe | Native:
    """A recipe or config from the data that ``path`` holds. No other file is read, whatever it extends.

    Raises what ``read`` raises.
    """
    check_is_data(Document(path, data))
    return _made(data, path, tuple(settings), {place: str(path) for place, _ in walk(data)})


def _made(
    data: dict[str, Any], path: Path, settings: tuple[str, ...], origins: dict[str, str]
) -> Recipe | Native:
    data = apply_settings(data, settings)
    origins = _origins_after(settings, data, origins)
    if is_native(data):
        return Native(path, data, (), origins)
    return make_recipe(data, path, origins)


def make_recipe(
    data: Mapping[str, Any], source: Path | None = None, origins: Mapping[str, str] | None = None
) -> Recipe:
    """A recipe from plain data. Raises RecipeError with a line for each key or value that is wrong."""
    origins = dict(origins or {})
    try:
        recipe = Recipe.model_validate(dict(data))
    except ValidationError as exc:
        message, hint = describe(exc, Recipe, origins, str(source or "recipe"))
        raise RecipeError(message, hint) from exc
    recipe._source, recipe._origins = source, origins
    return recipe


def dump_recipe(recipe: Recipe) -> str:
    """The recipe as the text of a ``.py`` file, which reads back as the same recipe."""
    return write_assignments(recipe.as_data())


def _origins_after(
    settings: tuple[str, ...], data: dict[str, Any], origins: dict[str, str]
) -> dict[str, str]:
    """The origin of every key path once the settings are in."""
    after: dict[str, str] = {}
    changed = [".".join(split_setting(setting)[0]) for setting in settings]
    for path, _ in walk(data):
        if any(path == key or path.startswith(f"{key}.") for key in changed):
            after[path] = "--set"
        else:
            after[path] = origins.get(path) or after.get(path.rpartition(".")[0], "--set")
    return after

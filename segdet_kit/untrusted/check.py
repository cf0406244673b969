"""Whether a config that came as data may be built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from segdet_kit import policy
from segdet_kit.catalog import Catalog, installed
from segdet_kit.errors import PolicyError
from segdet_kit.suggest import nearest
from segdet_kit.untrusted import arguments
from segdet_kit.untrusted.arguments import Fault, dicts
from segdet_kit.untrusted.parts import is_installed

FUNCTIONS = frozenset(
    {
        *("nms", "soft_nms", "nms_rotated"),  # what mmcv evaluates: its own functions
        *("conv", "last_conv", "interpolation_conv", "dilation", "offset"),  # kinds of layers
        *("nearest", "bilinear", "bicubic", "pixel_shuffle", "deconv", "carafe"),
    }
)
"""Types in lower case, which are looked up elsewhere than in registries."""
TRANSFORMS = frozenset(
    {
        *(
            "LoadImageFromFile",
            "LoadAnnotations",
            "LoadPanopticAnnotations",
            "PackDetInputs",
            "PackSegInputs",
        ),
        *("Resize", "FixScaleResize", "ResizeShortestEdge", "ResizeToMultiple", "Pad", "Normalize"),
        *("CenterCrop", "RandomCenterCropPad", "SegRescale", "CLAHE", "AdjustGamma", "Rerange", "RGB2Gray"),
        "segdet_kit.openmmlab.panoptic.LoadPanopticAnnotations",
    }
)
"""OpenMMLab's transforms that testing needs; others read pickles, or call what a text names."""
REFUSED = frozenset({"Detectron2Wrapper", "TIMMBackbone", "VPD"})
"""Registered models that fetch or unpickle what their arguments name: other libraries' code decides of it."""
LANGUAGE_MODELS = frozenset({"bert-base-uncased"})
"""What a ``BertModel`` may fetch, for its tokenizer."""
PARTS = frozenset({"default_scope", "model", "test_dataloader", "test_evaluator"})
LOADER = frozenset({"batch_size", "num_workers", "persistent_workers", "drop_last", "sampler", "dataset"})
DESCRIPTION = frozenset({"type", "metainfo", "pipeline"})
MAX_WORKERS = 64
SAMPLER = {"type": "DefaultSampler", "shuffle": False}


def check_untrusted(config: Any) -> None:
    """Refuse a config unless all it can do is to build a model, its test pipeline and what tests it.

    ``config``: what ``evaluated`` leaves of an assembled one. Raises ``PolicyError`` that names the key: for
    another part, for a type that is neither an installed component nor a name of OpenMMLab's, for a
    component in a place where none of its kind belongs, and for an argument that data may not give.
    """
    if not isinstance(config, Mapping) or not isinstance(config.get("model"), Mapping):
        raise PolicyError("the config has no model", "send what segdet-kit show prints")
    catalog = installed()
    for path, fault in chain(_parts(config), _model(config, catalog), _loader(config, catalog)):
        raise PolicyError(
            f"{path} {fault}", "a config that arrived as data is built only as far as it cannot run code"
        )


def _parts(config: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _surplus(config, PARTS, "")
    for rule in arguments.RULES:
        for path, fault in rule(dict(config), ""):
            yield path.removeprefix("."), fault


def _model(config: Mapping[str, Any], catalog: Catalog) -> Iterator[Fault]:
    model = config["model"]
    yield from arguments.files(model, "model")
    policy.check_types({"model": model}, catalog.types())
    for path, node in dicts(model, "model"):
        scope, _, name = str(node.get("type", "")).rpartition(".")
        if scope not in ("", *policy.SCOPES):
            continue
        if name in REFUSED:
            yield f"{path}.type", f"= {name!r}: this model fetches and reads files by itself"
        elif name == "BertModel" and str(node.get("name")) not in LANGUAGE_MODELS:
            yield f"{path}.name", f"can only be {' or '.join(LANGUAGE_MODELS)}, not {node.get('name')!r}"
        elif name.islower() and name not in FUNCTIONS:
            yield f"{path}.type", f"= {name!r} is no function; there are: {', '.join(sorted(FUNCTIONS))}"


def _loader(config: Mapping[str, Any], catalog: Catalog) -> Iterator[Fault]:
    loader = config.get("test_dataloader")
    if loader is not None:
        if not isinstance(loader, Mapping) or not isinstance(loader.get("dataset"), Mapping):
            yield "test_dataloader", "has no dataset"
            return
        yield from _surplus(loader, LOADER, "test_dataloader.")
        if not isinstance(workers := loader.get("num_workers", 0), int) or not 0 <= workers <= MAX_WORKERS:
            yield "test_dataloader.num_workers", f"is no number from 0 to {MAX_WORKERS}: {workers!r}"
        if loader.get("sampler", SAMPLER) != SAMPLER:
            yield "test_dataloader.sampler", f"can only be {SAMPLER!r}"
        yield from _dataset(loader["dataset"], "test_dataloader.dataset", catalog)
    evaluators = config.get("test_evaluator") or ()
    if evaluators and not is_installed(config, catalog):
        yield "test_evaluator", "has no installed data set to test on"
    for index, evaluator in enumerate(evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]):
        yield from _component(evaluator, f"test_evaluator.{index}", _types(catalog, "metric"))


def _dataset(dataset: Mapping[str, Any], path: str, catalog: Catalog) -> Iterator[Fault]:
    """An installed data set with its arguments; or OpenMMLab's, which is described and never built."""
    name = dataset.get("type")
    if not isinstance(name, str) or name not in _types(catalog, "dataset"):
        if not isinstance(name, str) or not policy.REGISTERED.fullmatch(name):
            yield f"{path}.type", f"= {name!r} is no data set"
        yield from _surplus(dataset, DESCRIPTION, f"{path}.")
    metainfo = dataset.get("metainfo") or {}
    if not isinstance(metainfo, Mapping) or any(isinstance(item, str) for item in metainfo.values()):
        yield f"{path}.metainfo", "would be read from a file"
    pipeline = dataset.get("pipeline") or ()
    if not isinstance(pipeline, (list, tuple)):
        yield f"{path}.pipeline", "is no list of transforms"
        return
    yield from arguments.files(pipeline, f"{path}.pipeline")
    for index, step in enumerate(pipeline):
        yield from _component(step, f"{path}.pipeline.{index}", TRANSFORMS | _types(catalog, "augmentation"))


def _component(value: Any, path: str, known: frozenset[str]) -> Iterator[Fault]:
    """A dict whose type is among some, and that names no other below."""
    if not isinstance(value, Mapping):
        yield path, "is no dict with a type"
        return
    for place, name in policy.types_of(value, path):
        if not isinstance(name, str) or name not in known:
            guess = nearest(str(name), known)
            yield place, f"= {name!r} does not belong there" + (f"; did you mean {guess!r}?" if guess else "")
    if "type" not in value:
        yield path, "has no type"


def _types(catalog: Catalog, kind: str) -> frozenset[str]:
    return frozenset(component.type for component in catalog.components(kind))


def _surplus(value: Mapping[str, Any], keys: Iterable[str], path: str) -> Iterator[Fault]:
    for key in value:
        if key not in keys:
            yield f"{path}{key}", f"is not built of data; what is: {', '.join(sorted(keys))}"

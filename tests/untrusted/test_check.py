"""Configs of strangers: whatever is refused here would run code, read a file or fetch a URL elsewhere."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.components import Head, Task
from segdet_kit.errors import PolicyError
from segdet_kit.policy import types_of
from segdet_kit.recipe import make_recipe
from segdet_kit.untrusted import check_untrusted, evaluated

HEADS = [(head, task) for head in installed().components("head") for task in head.tasks]


def assembled(head: Head, task: Task) -> dict[str, Any]:
    recipe: dict[str, Any] = {"task": task, "data": {"type": "shapes"}, "head": head.name}
    if head.strides:
        recipe["backbone"] = {"type": "resnet18", "pretrained": True}
    return assemble(make_recipe(recipe), installed()).config


@pytest.fixture(scope="module")
def sound() -> dict[str, Any]:
    """A detector that passes."""
    head = installed().get(Head, "mask-rcnn", "instance")
    return evaluated(assembled(head, "instance"))


def changed(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(config)
    *above, last = path.split(".")
    node: Any = config
    for key in above:
        node = node[int(key) if isinstance(node, list) else key]
    node[int(last) if isinstance(node, list) else last] = value
    return config


@pytest.mark.parametrize(("head", "task"), HEADS, ids=[f"{head.name}-{task}" for head, task in HEADS])
def test_what_the_kit_assembles_passes_without_its_training(head: Head, task: Task) -> None:
    config = assembled(head, task)
    before = copy.deepcopy(config)
    check_untrusted(evaluated(config))
    assert config == before


def test_an_evaluation_needs_neither_training_nor_initial_weights(sound: dict[str, Any]) -> None:
    assert set(sound) == {"default_scope", "model", "test_dataloader", "test_evaluator"}
    assert "init_cfg" not in str(sound)
    assert sound["model"]["backbone"]["pretrained"] is False


def test_a_native_data_set_is_described_and_never_built() -> None:
    dataset = {
        "type": "CocoDataset",
        "ann_file": "x.pkl",
        "metainfo": {"classes": ["cat"]},
        "backend_args": {},
    }
    config = evaluated(
        {
            "default_scope": "mmdet",
            "model": {"type": "RTMDet", "pretrained": "torchvision://resnet50"},
            "test_dataloader": {
                "dataset": {
                    "type": "RepeatDataset",
                    "dataset": {**dataset, "pipeline": [{"type": "Resize"}]},
                },
                "collate_fn": {"type": "os.system"},
            },
            "test_evaluator": {"type": "CocoMetric", "ann_file": "x.pkl"},
            "custom_hooks": [{"type": "os.system"}],
        }
    )
    check_untrusted(config)
    assert config == {
        "default_scope": "mmdet",
        "model": {"type": "RTMDet", "pretrained": None},
        "test_dataloader": {
            "sampler": {"type": "DefaultSampler", "shuffle": False},
            "dataset": {
                "type": "CocoDataset",
                "metainfo": {"classes": ["cat"]},
                "pipeline": [{"type": "Resize"}],
            },
        },
    }


REFUSED: list[tuple[str, Any, str]] = [
    ("custom_hooks", [], r"custom_hooks is not built of data"),
    ("custom_imports", {"imports": ["os"]}, r"custom_imports is not built of data"),
    ("default_scope", "os", r"default_scope can only be mmcv or mmdet or mmengine or mmseg, not 'os'"),
    ("model.backbone.type", "os.system", r"model\.backbone\.type = 'os\.system' is neither"),
    ("model.backbone.type", ["ResNet"], r"model\.backbone\.type = \['ResNet'\] is neither"),
    ("model.backbone.type", "mmseg.VPD", r"this model fetches and reads files by itself"),
    ("model.backbone", {"type": "BertModel", "name": "evil"}, r"name can only be bert-base-uncased"),
    ("model.test_cfg.rcnn.nms.type", "exit", r"nms\.type = 'exit' is no function; there are: bicubic"),
    ("model.neck.init_cfg", {"type": "Pretrained"}, r"model\.neck\.init_cfg cannot be given by data"),
    ("model.backbone.pretrained", True, r"model\.backbone\.pretrained cannot be given by data"),
    ("model.backbone.warp_mode", "exit()", r"warp_mode can only be cv2\.MOTION_AFFINE"),
    ("model.backbone.class_weight", "weights", r"class_weight would be read from a file"),
    ("model.backbone.__class__", 1, r"model\.backbone\.__class__ is no name of an argument"),
    ("model.backbone.act", "().__class__", r"model\.backbone\.act is no plain text"),
    ("model.backbone.url", "hf-hub:evil", r"model\.backbone\.url is a URL"),
    ("model.backbone.path", "../weights", r"model\.backbone\.path names a file"),
    ("model.backbone.path", "weights.PKL", r"model\.backbone\.path names a file"),
    ("model.backbone.classes", "names.txt", r"model\.backbone\.classes is no list of names"),
    ("model", "RTMDet", r"the config has no model"),
    ("test_dataloader", [], r"test_dataloader has no dataset"),
    ("test_dataloader.collate_fn", {"type": "nms"}, r"test_dataloader\.collate_fn is not built of data"),
    ("test_dataloader.num_workers", 10**6, r"num_workers is no number from 0 to 64: 1000000"),
    ("test_dataloader.sampler", {"type": "ClassAwareSampler"}, r"sampler can only be"),
    ("test_dataloader.dataset.type", "os.system", r"dataset\.type = 'os\.system' is no data set"),
    ("test_dataloader.dataset.type", "CocoDataset", r"dataset\.\w+ is not built of data; what is: metainfo"),
    ("test_dataloader.dataset.root", "s3://x", r"dataset\.root is a URL"),
    ("test_dataloader.dataset.metainfo", {"classes": "a.txt"}, r"metainfo\.classes is no list of names"),
    ("test_dataloader.dataset.metainfo", {"palette": "a"}, r"dataset\.metainfo would be read from a file"),
    ("test_dataloader.dataset.pipeline", "Resize", r"pipeline is no list of transforms"),
    ("test_dataloader.dataset.pipeline.0", "Resize", r"pipeline\.0 is no dict with a type"),
    ("test_dataloader.dataset.pipeline.0", {}, r"pipeline\.0 has no type"),
    ("test_dataloader.dataset.pipeline.0.type", "Albu", r"pipeline\.0\.type = 'Albu' does not belong there"),
    ("test_dataloader.dataset.pipeline.0.path", "a.npy", r"pipeline\.0\.path names a file"),
    ("test_dataloader", None, r"test_evaluator has no installed data set to test on"),
    ("test_evaluator.0.type", "CocoMetric", r"test_evaluator\.0\.type = 'CocoMetric' does not belong there"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), REFUSED, ids=[f"{p}={v}"[:60] for p, v, _ in REFUSED])
def test_what_could_run_code_is_refused(sound: dict[str, Any], path: str, value: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        check_untrusted(changed(sound, path, value))


@pytest.mark.parametrize("config", [None, [], "model", {}, {"model": None}])
def test_what_has_no_model_is_refused(config: Any) -> None:
    with pytest.raises(PolicyError, match="the config has no model"):
        check_untrusted(config)


def test_classes_may_be_called_anything(sound: dict[str, Any]) -> None:
    check_untrusted(changed(sound, "test_dataloader.dataset.classes", ["a: b", "c__d", "e.py", "../f"]))


def places(value: Any, path: str = "") -> list[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [(f"{path}.{key}".removeprefix("."), item) for key, item in items]
    return [place for at, item in below for place in (at, *places(item, at))]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["nms", "a.b", "os.system", ""]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_whatever_stands_anywhere_it_passes_or_is_refused(sound: dict[str, Any], data: st.DataObject) -> None:
    config = changed(sound, data.draw(st.sampled_from(places(sound))), data.draw(VALUES))
    try:
        check_untrusted(config)
    except PolicyError:
        assert isinstance(evaluated(config), dict)
        return
    assert "os.system" not in [name for _, name in types_of(config, "")]

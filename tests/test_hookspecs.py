"""Each hook, from a plugin that implements it to the catalog that recipes are looked up in."""

from __future__ import annotations

import inspect
import sys
from typing import get_args

import pytest

from segdet_kit import components, hookspecs
from segdet_kit.catalog import Catalog
from segdet_kit.components import KINDS, Component
from segdet_kit.plugins import discover
from tests.fake_plugins import PluginMaker


@pytest.fixture
def offered(make_plugin: PluginMaker):
    """Offer one component through a hook, and return what the catalog then holds."""

    def offered(hook: str, description: str) -> Component:
        source = f"@hookimpl\ndef {hook}():\n    yield {description}\n"
        found = discover([make_plugin("one", source)])
        assert not found.failures
        return Catalog(found).get(KINDS[hookspecs.HOOKS[hook]], "mine")

    return offered


def test_hook_register_backbones(offered) -> None:
    backbone = offered(
        "register_backbones",
        "Backbone(name='mine', target='a.b:C', summary='a net', out_channels=(8, 16), strides=(4, 8))",
    )
    assert isinstance(backbone, components.Backbone)
    assert (backbone.out_channels, backbone.strides) == ((8, 16), (4, 8))


def test_hook_register_necks(offered) -> None:
    neck = offered("register_necks", "Neck(name='mine', target='a.b:C', summary='a neck')")
    assert isinstance(neck, components.Neck)
    assert neck.type == "a.b.C"


def test_hook_register_blocks(offered) -> None:
    block = offered("register_blocks", "Block(name='mine', target='a.b:C', summary='a block')")
    assert isinstance(block, components.Block)
    assert block.type == "a.b.C"


def test_hook_register_heads(offered) -> None:
    head = offered(
        "register_heads",
        "Head(name='mine', target='a.b:C', summary='a head', tasks=('detection',), base='mmdet::a/b.py', "
        "slot='bbox_head', strides=(8,), losses={'box': 'bbox_head.loss_bbox'})",
    )
    assert isinstance(head, components.Head)
    assert (head.slot, head.losses) == ("bbox_head", {"box": "bbox_head.loss_bbox"})


def test_hook_register_losses(offered) -> None:
    loss = offered("register_losses", "Loss(name='mine', target='a.b:C', summary='a loss')")
    assert isinstance(loss, components.Loss)
    assert loss.tasks == components.TASKS


def test_hook_register_methods(offered) -> None:
    method = offered("register_methods", "Method(name='mine', target='a.b:C', summary='a way to train')")
    assert isinstance(method, components.Method)
    assert method.type == "a.b.C"


def test_hook_register_augmentations(offered) -> None:
    augmentation = offered(
        "register_augmentations",
        "Augmentation(name='mine', target='a.b:C', summary='greys', defaults={'prob': 0.5}, stage='always')",
    )
    assert isinstance(augmentation, components.Augmentation)
    assert (augmentation.defaults, augmentation.stage) == ({"prob": 0.5}, "always")


def test_hook_register_datasets(offered) -> None:
    dataset = offered(
        "register_datasets",
        "Dataset(name='mine', target='a.b:C', summary='files', layout='*.jpg', classes={'semantic': ('a',)})",
    )
    assert isinstance(dataset, components.Dataset)
    assert dataset.classes == {"semantic": ("a",)}


def test_hook_register_metrics(offered) -> None:
    metric = offered(
        "register_metrics",
        "Metric(name='mine', target='a.b:C', summary='a score', reads=('boxes',), best='mine/score')",
    )
    assert isinstance(metric, components.Metric)
    assert (metric.reads, metric.best) == (("boxes",), "mine/score")


def test_hook_register_exporters(offered) -> None:
    exporter = offered(
        "register_exporters",
        "Exporter(name='mine', target='a.b:C', summary='writes', formats=('onnx',), runtime='onnxruntime')",
    )
    assert isinstance(exporter, components.Exporter)
    assert (exporter.formats, exporter.runtime, exporter.precision) == (("onnx",), "onnxruntime", "fp32")


def test_hook_register_runtimes(offered) -> None:
    runtime = offered(
        "register_runtimes", "Runtime(name='mine', target='a.b:C', summary='runs', runs=('torch',))"
    )
    assert isinstance(runtime, components.Runtime)
    assert (runtime.runs, runtime.precisions, runtime.devices) == (("torch",), ("fp32",), ("cpu",))


def test_hook_register_transports(offered) -> None:
    transport = offered(
        "register_transports", "Transport(name='mine', target='a.b:C', summary='carries', schemes=('sftp',))"
    )
    assert isinstance(transport, components.Transport)
    assert transport.schemes == ("sftp",)


def test_hook_register_readers(offered) -> None:
    reader = offered(
        "register_readers",
        "Reader(name='mine', target='a.b:C', summary='reads', suffixes=('.mp4',), prefixes=('camera:',))",
    )
    assert isinstance(reader, components.Reader)
    assert (reader.suffixes, reader.prefixes) == ((".mp4",), ("camera:",))
    assert (reader.writer, reader.tracker) == ("", "")


def test_every_hook_has_a_test() -> None:
    here = vars(sys.modules[__name__])
    assert not [hook for hook in hookspecs.HOOKS if f"test_hook_{hook}" not in here]


def test_every_specification_is_a_hook_and_returns_its_kind() -> None:
    specified = {name for name in vars(hookspecs) if name.startswith("register_")}
    assert specified == set(hookspecs.HOOKS)
    for hook, kind in hookspecs.HOOKS.items():
        signature = inspect.signature(getattr(hookspecs, hook), eval_str=True)
        assert not signature.parameters
        assert get_args(signature.return_annotation) == (KINDS[kind],)

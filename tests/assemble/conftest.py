from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from segdet_kit.assemble import Assembled, assemble
from segdet_kit.catalog import Catalog
from segdet_kit.plugins import discover
from segdet_kit.recipe import make_recipe
from tests.fake_plugins import PluginMaker

DETECTOR = {"task": "detection", "data": {"type": "shapes"}, "backbone": "resnet18", "head": "rtmdet"}
SEGMENTER = {"task": "semantic", "data": {"type": "shapes"}, "backbone": "resnet18", "head": "fcn"}

PLUGIN = """
@hookimpl
def register_backbones():
    return [
        Backbone(name='two-levels', target='fake.net:Net', summary='a net',
                 out_channels=(8, 16), strides=(4, 8)),
        Backbone(name='by-width', target='fake.net:Net', summary='a net', levels='fake_third:levels',
                 defaults={'width': 10}, mean=(1.0, 2.0, 3.0), std=(4.0, 5.0, 6.0)),
    ]

def levels(width, **others):
    return [width, 2 * width, 3 * width, 4 * width, 5 * width], [2, 4, 8, 16, 32]

@hookimpl
def register_augmentations():
    return [Augmentation(name='grey', target='fake.grey:Grey', summary='grey', stage='always')]

@hookimpl
def register_losses():
    return [Loss(name='my-loss', target='fake.loss:Loss', summary='a loss', defaults={'loss_weight': 3.0})]

@hookimpl
def register_blocks():
    return [Block(name='my-block', target='fake.block:Block', summary='a block', defaults={'ratio': 4}),
            Block(name='boxes-only', target='fake.block:Block', summary='a block', tasks=('detection',))]

@hookimpl
def register_methods():
    return [Method(name='my-way', target='fake.way:Way', summary='a way', tasks=('semantic',),
                   defaults={'weight': 0.5, 'steps': 2})]

@hookimpl
def register_datasets():
    return [Dataset(name='rooted', target='fake.data:Data', summary='files', layout='files')]
"""


@pytest.fixture
def catalog(make_plugin: PluginMaker) -> Catalog:
    from importlib.metadata import entry_points

    builtin = [point for point in entry_points(group="segdet_kit") if point.name == "builtin"]
    found = discover([*builtin, make_plugin("third", PLUGIN)])
    assert not found.failures
    return Catalog(found)


@pytest.fixture
def assembled(catalog: Catalog) -> Callable[..., Assembled]:
    """Assemble a recipe: the detector or segmenter above, with changes."""

    def build(recipe: dict[str, Any], **changes: Any) -> Assembled:
        merged = {key: value for key, value in {**recipe, **changes}.items() if value is not None}
        return assemble(make_recipe(merged), catalog)

    return build

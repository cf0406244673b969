from __future__ import annotations

import pytest
from mmengine.registry import Registry

from segdet_kit.errors import RecipeError
from segdet_kit.openmmlab.arguments import arguments_checked

PARTS = Registry("part", scope="arguments")


class Base:
    def __init__(self, width):
        self.width = width


@PARTS.register_module()
class Net(Base):
    def __init__(self, depth, **others):
        super().__init__(**others)
        self.depth = depth


@PARTS.register_module()
def make_net(depth, stride=1):
    return Net(depth, width=stride)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ({"depth": 1, "width": 2, "widht": 3}, "keyword argument 'widht'",
         "did you mean 'width'? it takes: depth, width"),
        ({"width": 2}, "missing 1 required positional argument: 'depth'", "it takes: depth, width"),
        ({"depth": 2}, "missing 1 required positional argument: 'width'", "it takes: depth, width"),
    ],
)  # fmt: skip
def test_arguments_of_a_config_that_do_not_fit_are_the_users_mistake(arguments, message, hint):
    with pytest.raises(RecipeError, match=message) as caught, arguments_checked():
        PARTS.build({"type": "Net", **arguments})
    assert caught.value.hint == hint


def test_a_function_says_what_it_takes_too():
    with pytest.raises(RecipeError, match="keyword argument 'strid'") as caught, arguments_checked():
        PARTS.build({"type": "make_net", "depth": 1, "strid": 2})
    assert caught.value.hint == "did you mean 'stride'? it takes: depth, stride"


def test_outside_of_building_the_place_to_look_is_named():
    with pytest.raises(RecipeError, match="keyword argument 'widht'") as caught, arguments_checked():
        Net(**{"depth": 1, "widht": 3})
    assert caught.value.hint == "segdet-kit plugins info NAME says what it takes"


def test_a_fault_of_the_code_stays_one():
    with pytest.raises(TypeError, match="unexpected keyword"), arguments_checked():
        Base(widht=2)
    with pytest.raises(TypeError, match="unsupported operand"), arguments_checked():
        Net(**{"depth": 1, "width": 2}).width + "text"

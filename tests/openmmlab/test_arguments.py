from __future__ import annotations

import pytest

from segdet_kit.errors import RecipeError
from segdet_kit.openmmlab.arguments import arguments_checked


class Base:
    def __init__(self, width):
        self.width = width


class Net(Base):
    def __init__(self, depth, **others):
        super().__init__(**others)
        self.depth = depth


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 1, "width": 2, "widht": 3}, "unexpected keyword argument 'widht'"),
        ({"width": 2}, "missing 1 required positional argument: 'depth'"),
        ({"depth": 2}, "missing 1 required positional argument: 'width'"),
    ],
)
def test_arguments_of_a_config_that_do_not_fit_are_the_users_mistake(arguments, message):
    with pytest.raises(RecipeError, match=message) as caught, arguments_checked():
        Net(**arguments)
    assert "plugins info" in caught.value.hint


def test_a_fault_of_the_code_stays_one():
    with pytest.raises(TypeError, match="unexpected keyword"), arguments_checked():
        Base(widht=2)
    with pytest.raises(TypeError, match="unsupported operand"), arguments_checked():
        Net(**{"depth": 1, "width": 2}).width + "text"

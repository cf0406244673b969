from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch

from segdet_kit.errors import RecipeError
from segdet_kit.testing import Check, CheckFailure


def failure(body: Callable[[], None]) -> CheckFailure:
    with pytest.raises(CheckFailure) as caught:
        Check("a check", body).run()
    return caught.value


def test_a_check_that_returns_has_passed() -> None:
    Check("a check", lambda: None).run()


def test_an_error_in_torch_is_placed_where_the_plugin_calls_it() -> None:
    def body() -> None:
        torch.nn.Conv2d(3, 8, 1)(torch.zeros(1, 4, 2, 2))

    found = failure(body)
    assert found.message.startswith("RuntimeError: Given groups=1")
    assert re.fullmatch(r"mend what led to it at .*test_check\.py:\d+", found.hint)
    assert isinstance(found.__cause__, RuntimeError)


def test_an_error_of_the_kit_keeps_its_hint() -> None:
    def body() -> None:
        raise RecipeError("no such stride", "choose another head")

    assert str(failure(body)) == "no such stride\nchoose another head"


def test_a_failure_stays_as_it_is() -> None:
    def body() -> None:
        raise CheckFailure("wrong", "change it")

    assert str(failure(body)) == "wrong\nchange it"

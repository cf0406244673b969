from __future__ import annotations

import platform

import pytest
from hypothesis import given
from hypothesis import strategies as st

import segdet_kit
from segdet_kit.diagnosis.stack import STACK
from segdet_kit.diagnosis.versions import compare, release, versions


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("2.6.0+cu124", (2, 6, 0)), ("2.7.0rc1", (2, 7, 0)), ("2024.1", (2024, 1)), ("unknown", ())],
)
def test_a_release_is_the_numbers_at_the_head(version: str, numbers: tuple[int, ...]) -> None:
    assert release(version) == numbers


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4), st.integers(0, 3))
def test_zeros_at_the_end_make_no_difference(numbers: list[int], zeros: int) -> None:
    version = ".".join(map(str, numbers))
    assert compare(version, version + ".0" * zeros) == 0
    assert compare(version + ".1", version + ".0" * zeros) == 1
    assert compare(version, version + ".1") == -1


def test_all_owners_are_listed_and_what_is_missing_is_none() -> None:
    owners = {name: {distribution: "1.0"} for name, distribution in STACK.items()}
    found = versions({**owners, "mmcv": {"mmcv": "2.2.0", "onedl-mmcv": "2.3.6"}, "torch": {}})
    assert found["python"] == platform.python_version()
    assert found["segdet-kit"] == segdet_kit.__version__
    assert (found["mmcv"], found["onedl-mmcv"], found["torch"]) == ("2.2.0", "2.3.6", None)

"""What is asked of every operator, over a small call of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mmcv._ext as ext
import pytest
import torch
from torch.testing import assert_close

from segdet_kit.openmmlab.ops import OPERATORS
from tests.openmmlab.ops.samples import SAMPLES, Sample, run

DTYPES = ("float16", "bfloat16", "float32", "float64", "uint8", "int32", "int64")
CALLS = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


def claims(kept: bool) -> list[object]:
    """Each sample with each dtype that the table claims, or does not claim, for it."""
    return [
        pytest.param(sample, dtype, id=f"{name}-{dtype}")
        for name, sample in SAMPLES.items()
        for dtype in DTYPES
        if (dtype in sample.operators[0].dtypes) == kept
    ]


def tolerance(dtype: torch.dtype) -> dict[str, float]:
    """Reduced precision is rounded when all is computed, and by what mmcv multiplies a gradient with."""
    largest = max(2 * torch.finfo(dtype).eps, 1e-5) if dtype.is_floating_point else 0
    return {"rtol": largest, "atol": largest}


def test_every_operator_has_a_sample(monkeypatch: pytest.MonkeyPatch):
    reached = set()

    def record(name: str) -> Callable[..., object]:
        operator = OPERATORS[name].load()

        def recording(*args: object, **kwargs: object) -> object:
            reached.add(name)
            return operator(*args, **kwargs)

        return recording

    for name in OPERATORS:
        monkeypatch.setattr(ext, name, record(name))
    for sample in SAMPLES.values():
        run(sample, sample.inputs())
    assert reached == {name for name, operator in OPERATORS.items() if operator.dtypes}


@CALLS
def test_no_gradient_passes_an_operator_that_the_table_gives_none(sample: Sample):
    if not any(operator.differentiable for operator in sample.operators):
        assert not any(result.requires_grad for result in run(sample, sample.inputs()))


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("gradcheck", "gradcheck("),
        ("torchvision", "torchvision"),
        ("properties", "@given"),
        ("OpenCV", "cv2."),
    ],
)
def test_operators_are_checked_against_what_the_table_says(word: str, code: str):
    modules = {op.target.split(":")[0] for op in OPERATORS.values() if word in op.reference}
    assert modules
    for module in modules:
        assert code in Path(__file__).with_name(f"test_{module}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(("sample", "dtype"), claims(True))
def test_a_claimed_dtype_is_kept_and_rounded_once(sample: Sample, dtype: str):
    given = sample.inputs(dtype)
    exact = run(sample, tuple(t.double() if t.is_floating_point() else t for t in given))
    for result, expected in zip(run(sample, given), exact, strict=True):
        wanted = getattr(torch, dtype) if expected.dtype == torch.float64 else expected.dtype
        assert_close(result, expected.to(wanted), **tolerance(wanted))


@pytest.mark.parametrize(("sample", "dtype"), claims(False))
def test_a_dtype_that_is_not_claimed_is_refused(sample: Sample, dtype: str):
    # Where mmcv's Python computes first, torch may refuse before the operator can.
    with pytest.raises((TypeError, RuntimeError), match=f"takes .*, not torch.{dtype}$|can't be cast"):
        run(sample, sample.inputs(dtype))


@CALLS
def test_memory_layout_does_not_matter(sample: Sample):
    given = sample.inputs()
    strided = tuple(torch.stack((tensor, tensor), dim=-1)[..., 0] for tensor in given)
    assert not any(tensor.is_contiguous() for tensor in strided)
    for result, expected in zip(run(sample, strided), run(sample, given), strict=True):
        assert_close(result, expected)


@pytest.mark.parametrize("sample", [pytest.param(s, id=name) for name, s in SAMPLES.items() if s.rows])
def test_there_may_be_nothing_to_compute(sample: Sample):
    given = sample.inputs()
    nothing = tuple(t[:0] if number in sample.rows else t for number, t in enumerate(given))
    for result, full in zip(run(sample, nothing), run(sample, given), strict=False):
        assert result.dtype == full.dtype
        assert not result.any()


@pytest.mark.parametrize(
    "sample",
    [pytest.param(s, id=name) for name, s in SAMPLES.items() if "bfloat16" in s.operators[0].dtypes],
)
def test_autocast_hands_over_a_mixture_of_dtypes_and_changes_no_operator(sample: Sample):
    autocast = replace(sample, call=torch.autocast("cpu", torch.bfloat16)(sample.call))
    first, *others = sample.inputs("float32")
    for result, expected in zip(run(autocast, (first, *others)), run(sample, (first, *others)), strict=True):
        assert_close(result, expected, rtol=0, atol=0)
    reduced = first.bfloat16() if first.is_floating_point() else first
    rounded = run(sample, (reduced.to(first.dtype), *others))
    for result, expected in zip(run(autocast, (reduced, *others)), rounded, strict=True):
        assert_close(result, expected, check_dtype=False, **tolerance(torch.bfloat16))


@CALLS
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.filterwarnings("ignore:(invalid value|overflow) encountered:RuntimeWarning")
def test_what_a_diverged_model_hands_over_ends_no_process(sample: Sample, value: float):
    given = sample.inputs()
    results = len(run(sample, given))
    for index, tensor in enumerate(given):
        if tensor.is_floating_point():
            spoilt = tensor.clone()
            spoilt[..., -1] = value  # of a RoI a coordinate, not the image's index
            assert len(run(sample, (*given[:index], spoilt, *given[index + 1 :]))) == results

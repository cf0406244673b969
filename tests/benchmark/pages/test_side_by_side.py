from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segdet_kit.benchmark.document import Document
from segdet_kit.benchmark.pages import compare
from tests.benchmark.pages.example import document, target


def line(text: str, start: str) -> str:
    [found] = [each for each in text.splitlines() if each.strip().startswith(start)]
    return re.sub(" {2,}", "  ", found.strip())


def with_noise(name: str, seconds: float, seed: int) -> Document:
    samples = seconds * np.random.default_rng(seed).normal(1, 0.03, (8, 5))
    return document(target(name, seconds, samples=samples.tolist()))


def test_a_target_that_became_twice_as_fast_is_faster_on_one_machine_only_drift_aside() -> None:
    text = compare(with_noise("a", 0.1, 0), with_noise("a", 0.05, 1))
    name, before, after, ratio, interval, shown = line(text, "a ").split("  ")
    assert (name, before, after, shown) == ("a", "10", "20", "faster, drift aside")
    low, high = map(float, interval.split(" to "))
    assert 1.8 < low < float(ratio) < high < 2.2
    assert "did not take turns" in text
    assert "nothing that was written down differs" in text


def test_the_verdict_names_the_other_machine_and_threads() -> None:
    second = document(target("a", 0.05, threads=1))
    second["machine"]["processor"] = "Other CPU"
    text = compare(document(target("a", 0.1)), second)
    assert line(text, "a  ").endswith("faster, with other machine, threads")
    assert line(text, "machine: processor") == "machine: processor  Example CPU  Other CPU"
    assert line(text, "a: threads") == "a: threads  2  1"


def test_versions_and_settings_that_differ_are_listed() -> None:
    second = document(versions={"python": "3.11.7", "torch": "2.15.0", "onnx": "1.20"})
    second["settings"]["precision_goal"] = 0.05
    text = compare(document(), second)
    assert line(text, "version of torch") == "version of torch  2.14.1  2.15.0"
    assert line(text, "version of onnx") == "version of onnx  –  1.20"
    assert line(text, "setting precision_goal") == "setting precision_goal  0.02  0.05"
    assert line(text, "onnx  ").endswith("with other versions")


def test_when_and_how_long_it_was_measured_is_no_difference() -> None:
    second = document()
    second["settings"] |= {"started": "2026-02-03T04:05:06+00:00", "seconds": 99.0, "rounds": 40}
    assert "nothing that was written down differs" in compare(document(), second)


def test_other_weights_are_told() -> None:
    second = document(target("a", 0.1))
    second["targets"][0]["facts"]["weights"] = "random"
    text = compare(document(target("a", 0.1)), second)
    assert line(text, "a: weights") == "a: weights  runs/a/best.pth  random"


def test_targets_of_one_benchmark_alone_are_named() -> None:
    text = compare(document(target("a", 0.1), target("b", 0.1)), document(target("a", 0.1), target("c", 0.1)))
    assert "only in the first: b" in text
    assert "only in the second: c" in text
    assert "no target is in both" in compare(document(target("a", 1)), document(target("b", 1)))


def test_comparisons_made_in_turns_stand_beside_each_other() -> None:
    second = document()
    second["comparisons"][0] |= {"ratio": 2.5, "low": 2.4, "high": 2.6}
    text = compare(document(), second)
    assert line(text, "onnx / torch") == "onnx / torch  2.000 (1.900 to 2.100)  2.500 (2.400 to 2.600)"


def test_a_single_round_has_no_interval() -> None:
    once = document(target("a", 0.1, samples=[[0.1, 0.11]]))
    assert line(compare(once, once), "a  ").endswith("1.000  –  one round alone shows nothing")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.8, 1.25))
def test_exchanging_the_two_turns_the_ratio_over(seed: int, speedup: float) -> None:
    one, other = with_noise("a", 0.1, seed), with_noise("a", 0.1 / speedup, seed + 1)
    forth, back = (
        float(line(text, "a  ").split("  ")[3]) for text in (compare(one, other), compare(other, one))
    )
    assert abs(forth * back - 1) < 0.002

"""The document of a benchmark, and its table."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from segdet_kit.benchmark.document import Document
from segdet_kit.benchmark.machine import Watch
from segdet_kit.benchmark.measure import measure
from segdet_kit.benchmark.summary import document
from segdet_kit.benchmark.table import table
from segdet_kit.workload import Spec
from tests.benchmark.simulated import Machine

HEAD = "target images/s p50 ms p95 ms p99 ms memory MiB ratio interval"
STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@pytest.fixture
def made(tmp_path: Path) -> Document:
    machine = Machine(0)
    specs = {
        "one": Spec("0.1", size=(480, 640), threads=2),
        "batches": Spec("0.2", batch_size=4),
        "broken": Spec("fails 0.1"),
    }
    found = measure(specs, "one", machine.launch, watch=Watch(tmp_path), clock=machine.clock)
    return document(found, {"precision_goal": 0.05}, STARTED)


def test_a_document_tells_of_each_target_what_was_measured(made: Document) -> None:
    one, batches = made["targets"]
    assert one["images_per_second"] == pytest.approx(10, rel=0.03)
    assert batches["images_per_second"] == pytest.approx(20, rel=0.03)
    assert one["latency_ms"]["p50"] == pytest.approx(100, rel=0.03)
    assert one["latency_ms"]["p50"] <= one["latency_ms"]["p95"] <= one["latency_ms"]["p99"]
    assert one["stages"]["forward"]["p50"] == pytest.approx(0.75 * one["latency_ms"]["p50"])
    assert one["size"] == [480, 640]
    assert one["threads"] == 2
    assert one["memory"]["host_peak"] == 3000
    assert len(one["samples"]) == made["settings"]["rounds"]
    assert {len(samples) for samples in one["samples"]} == {5 * made["settings"]["steps"]}


def test_a_document_tells_how_targets_compare_and_what_failed(made: Document) -> None:
    [comparison] = made["comparisons"]
    assert (comparison["target"], comparison["baseline"]) == ("batches", "one")
    assert comparison["low"] < comparison["ratio"] < comparison["high"]
    speeds = [target["images_per_second"] for target in made["targets"]]
    assert comparison["ratio"] == pytest.approx(speeds[1] / speeds[0], rel=0.02)
    assert comparison["verdict"] == "faster"
    assert made["failures"] == [
        {
            "name": "broken",
            "error": "the memory of the device is full",
            "hint": "measure smaller batches",
        }
    ]


def test_a_document_tells_of_what_and_how_it_was_made(made: Document) -> None:
    assert made["versions"]["simulated"] == "1"
    assert made["settings"]["started"] == "2026-01-02T03:04:05+00:00"
    assert made["settings"]["precision_goal"] == 0.05
    assert made["settings"]["stopped"] == "precision-goal"
    assert made["machine"]["devices"] == []


def test_a_document_is_json(made: Document) -> None:
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_the_table_tells_speeds_ratios_verdicts_and_failures(made: Document) -> None:
    lines = table(made).splitlines()
    assert lines[0].split() == HEAD.split()
    assert lines[1].split()[0] == "one"
    assert lines[1].endswith("baseline")
    assert lines[2].endswith("faster")
    assert f"{made['comparisons'][0]['ratio']:.3f}" in lines[2]
    assert "ratio: images per second over those of one; above 1 is faster." in lines
    assert "note: broken was not measured: the memory of the device is full" in lines


def test_a_table_of_one_target_compares_nothing(tmp_path: Path) -> None:
    machine = Machine(0)
    found = measure({"[one]": Spec("0.1")}, "[one]", machine.launch, watch=Watch(tmp_path))
    text = table(document(found, {}, STARTED))
    assert text.splitlines()[1].startswith("[one]")
    assert "baseline" not in text


def test_without_its_baseline_a_document_says_why_nothing_is_compared(tmp_path: Path) -> None:
    machine = Machine(0)
    specs = {"a": Spec("fails 0.1"), "b": Spec("0.1")}
    found = measure(specs, "a", machine.launch, watch=Watch(tmp_path), clock=machine.clock)
    notes = document(found, {}, STARTED)["notes"]
    assert "The baseline a failed, so nothing is compared." in notes


def test_a_document_says_that_the_time_was_up(tmp_path: Path) -> None:
    machine = Machine(0)
    specs = {"a": Spec("0.1"), "b": Spec("0.1")}
    found = measure(specs, "a", machine.launch, watch=Watch(tmp_path), clock=machine.clock, max_time=0)
    [note] = document(found, {}, STARTED)["notes"]
    assert note.startswith("The time was up after 2 rounds, with intervals of up to ")

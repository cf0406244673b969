from __future__ import annotations

import io

import pandas as pd

from segdet_kit.benchmark.pages import csv, markdown
from tests.benchmark.pages.example import document, target


def read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), index_col="name")


def test_csv_has_every_number_of_a_target_in_full() -> None:
    rows = read(csv(document()))
    assert rows.index.tolist() == ["torch", "onnx", "openvino"]
    onnx = rows.loc["onnx"]
    assert (onnx["images_per_second"], onnx["p99_ms"], onnx["forward_p50_ms"]) == (50, 28, 12)
    assert (onnx["height"], onnx["width"], onnx["host_peak"]) == (128, 160, 900 * 2**20)
    assert (onnx["baseline"], onnx["ratio"], onnx["verdict"]) == ("torch", 2.0, "faster")
    assert (onnx["parameters"], onnx["coco/AP"]) == (4_870_000, 0.5469)


def test_csv_leaves_empty_what_one_target_lacks_and_leaves_out_what_all_lack() -> None:
    rows = read(csv(document()))
    assert pd.isna(rows.loc["torch", "ratio"])
    assert "device_peak" not in rows.columns
    assert "checkpoint" not in rows.columns


def test_csv_keeps_commas_and_quotes_of_names() -> None:
    name = 'runs/a, "batch" 8'
    assert read(csv(document(target(name, 0.1)))).index.tolist() == [name]


def test_markdown_has_a_row_for_each_target_and_tells_the_baseline() -> None:
    head, rule, *rows = markdown(document()).splitlines()[:5]
    assert head.startswith("| target | images/s | times the baseline | verdict | p50, ms |")
    assert set(rule) == set("| -:")
    assert [row.split(" | ")[:4] for row in rows] == [
        ["| torch", "25", "1", "baseline"],
        ["| onnx", "50", "2.000 (1.900 to 2.100)", "faster"],
        ["| openvino", "25.6", "1.030 (0.970 to 1.080)", "no difference shown"],
    ]
    assert "coco/AP" in head
    assert len({line.count("|") for line in (head, rule, *rows)}) == 1


def test_markdown_says_what_disturbed_the_benchmark_and_what_failed() -> None:
    failure = {"name": "runs/b", "error": "tensorrt is not installed", "hint": "install it"}
    lines = markdown(document(failures=[failure])).splitlines()
    assert "- runs/b was not measured: tensorrt is not installed" in lines
    assert "- Another program kept a core busy for 40 % of the time." in lines


def test_a_note_of_some_targets_names_them_and_one_of_all_names_none() -> None:
    odd = target("odd", 0.1)
    odd["facts"]["notes"] = ["Random weights."]
    even = target("even", 0.1)
    assert "- odd: Random weights." in markdown(document(odd, even)).splitlines()
    even["facts"]["notes"] = ["Random weights."]
    assert "- Random weights." in markdown(document(odd, even)).splitlines()


def test_markdown_shows_names_as_they_are() -> None:
    text = markdown(document(target("a|b_c\n<script>", 0.1)))
    assert text.splitlines()[2].startswith(r"| a\|b\_c \<script\> | 10 |")

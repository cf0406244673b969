from __future__ import annotations

import io
import math

import pandas as pd

from segdet_kit.reports.table import score_csv, score_table

PER_CLASS = {"cat": {"coco/AP": 0.5, "coco/AP50": 0.75}, "zebra crossing": {"coco/AP": math.nan}}
OVERALL = {"coco/AP": 0.51239, "coco/AR_100": math.nan}


def test_the_table_lists_classes_then_overall_values() -> None:
    assert score_table(PER_CLASS, OVERALL).splitlines() == [
        "class           coco/AP  coco/AP50",
        "cat              0.5000     0.7500",
        "zebra crossing        -          -",
        "",
        "coco/AP      0.5124",
        "coco/AR_100       -",
    ]


def test_metrics_without_values_of_classes_make_a_list() -> None:
    assert score_table({"cat": {}}, {"mAP": 0.25}) == "mAP  0.2500"


def test_csv_holds_every_value_in_full() -> None:
    table = pd.read_csv(io.StringIO(score_csv(PER_CLASS, OVERALL)))
    assert list(table.columns) == ["class", "metric", "value"]
    assert table[table["class"].isna()]["value"].tolist()[0] == 0.51239
    assert table[(table["class"] == "cat") & (table["metric"] == "coco/AP50")]["value"].item() == 0.75
    assert len(table) == 5

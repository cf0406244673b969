from __future__ import annotations

import math

from segdet_kit.reports.page import Picture, facts_table, figure, page, report_page, table, tiles

HOSTILE = '<b onload="x">&'
SHOWN = "&lt;b onload=&quot;x&quot;&gt;&amp;"


def test_every_part_shows_text_as_it_is() -> None:
    picture = Picture(HOSTILE, HOSTILE, b"png")
    parts = [tiles({HOSTILE: HOSTILE}), table([HOSTILE], [[HOSTILE]]), facts_table({HOSTILE: HOSTILE})]
    for part in [*parts, figure(picture), page(HOSTILE, [])]:
        assert HOSTILE not in part
        assert part.count(SHOWN) >= 2


def test_a_report_has_a_table_of_classes_and_dashes_for_what_is_unknown() -> None:
    made = report_page(
        "run", summary="two images", scores={"AP": 0.5},
        per_class={"cat": {"AP": 0.5}, "dog": {"AP": math.nan}}, pictures=[], facts={"seed": "0"},
    )  # fmt: skip
    assert "<tr><td>cat</td><td>0.5000</td></tr><tr><td>dog</td><td>–</td></tr>" in made
    assert "<th>seed</th><td>0</td>" in made


def test_metrics_without_values_of_classes_make_no_table_of_them() -> None:
    made = report_page("run", summary="", scores={"AP": 0.5}, per_class={"cat": {}}, pictures=[], facts={})
    assert "Classes" not in made

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from segdet_kit.reports.contact_sheet import contact_sheet, panel_sheet
from segdet_kit.reports.palette import colours
from segdet_kit.results import Detections, Example, LabelMap, Panel, Result

CLASSES = ["background", "disk", "square"]


def example(truth: Result, prediction: Result) -> Example:
    return Example("a.png", np.full((60, 80, 3), 200, np.uint8), truth, prediction)


def label_map(label: int) -> LabelMap:
    labels = np.zeros((60, 80), np.uint8)
    labels[10:50, 10:70] = label
    return LabelMap(labels)


def picture(*examples: Example, score: float = 0.3) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(contact_sheet(examples, CLASSES, "title", score))).convert("RGB"))


def count(pixels: np.ndarray, label: int) -> int:
    return int((pixels == colours(CLASSES)[label]).all(axis=2).sum())


def test_labels_stand_beside_predictions() -> None:
    pixels = picture(example(label_map(1), label_map(2)))
    middle = pixels.shape[1] // 2
    sheet = pixels[: pixels.shape[0] * 3 // 4]  # without the legend
    assert count(sheet[:, :middle], 1) > 50
    assert count(sheet[:, middle:], 1) == 0
    assert count(sheet[:, middle:], 2) > 50


def test_the_legend_has_the_classes_that_are_seen() -> None:
    legend = slice(-60, None)
    both = picture(example(label_map(1), label_map(2)))[legend]
    assert count(both, 1) > 50
    assert count(both, 2) > 50
    one = picture(example(label_map(1), label_map(1)))[legend]
    assert count(one, 1) > 50
    assert count(one, 2) == 0


def test_unsure_predictions_are_left_out() -> None:
    boxes, labels = np.array([[10, 10, 70, 50]], np.float32), np.array([2])
    found = example(Detections(boxes[:0], labels[:0]), Detections(boxes, labels, np.array([0.4], np.float32)))
    assert count(picture(found, score=0.3), 2) > 50
    assert count(picture(found, score=0.5), 2) == 0


@pytest.mark.parametrize(("examples", "rows"), [(1, 1), (2, 1), (3, 2), (6, 3)])
def test_pairs_fill_rows_of_two(examples: int, rows: int) -> None:
    pixels = picture(*[example(label_map(1), label_map(1))] * examples)
    assert pixels.shape[0] == pytest.approx(((2.6 * 60 / 80 + 0.2) * rows + 0.9) * 150, abs=2)


def test_panels_fill_rows_and_show_their_labels_and_names() -> None:
    image = np.full((60, 80, 3), 200, np.uint8)
    panels = [Panel("a.png", image, label_map(label)) for label in (1, 2, 1)]
    plain, named = (
        np.asarray(Image.open(io.BytesIO(panel_sheet(panels, CLASSES, "title", columns=2, names=names))))
        for names in (False, True)
    )
    assert plain.shape == named.shape
    assert plain.shape[0] == pytest.approx(((2.6 * 60 / 80 + 0.2) * 2 + 0.9) * 150, abs=2)
    right = plain[: plain.shape[0] // 2, plain.shape[1] // 2 :, :3]
    assert count(right, 2) > 50
    assert count(right, 1) == 0
    assert count(named[..., :3], 2) > count(plain[..., :3], 2)


def test_a_long_name_stays_above_its_own_picture() -> None:
    image = np.full((60, 80, 3), 200, np.uint8)
    panels = [Panel(name, image, label_map(1)) for name in ("0123456789abcdef" * 6 + ".png: label", "")]
    sheet = np.asarray(Image.open(io.BytesIO(panel_sheet(panels, CLASSES, "", columns=2))).convert("RGB"))
    title = sheet[: int(0.35 * 150)]
    middle = title.shape[1] // 2
    assert (title[:, :middle] < 128).any()
    assert (title[:, middle:] > 250).all()

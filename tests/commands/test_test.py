from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from segdet_kit.commands.compare import compare
from segdet_kit.commands.test import test as run_test
from segdet_kit.errors import KitError, RecipeError
from segdet_kit.scoring.comparison import scores
from segdet_kit.scoring.per_image import from_document
from tests.commands.conftest import TESTED, MakeRun

SHAPES = ["disk", "square", "triangle", "star"]


def scores_of(run: Path, *settings: str) -> dict:
    run_test(str(run), None, "cpu", None, None, settings)
    return json.loads((run / "test.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("task", "metric", "of_class", "classes"),
    [
        ("detection", "coco/AP", "coco/AP50", SHAPES),
        ("instance", "coco/mask_AP", "coco/mask_AP", SHAPES),
        ("semantic", "iou/mIoU", "iou/Dice", ["background", *SHAPES]),
    ],
)
def test_a_run_is_scored_per_class_and_overall(
    make_run: MakeRun, task: str, metric: str, of_class: str, classes: list[str]
) -> None:
    scores = scores_of(make_run(task))
    assert set(scores) == {"metrics", "per_class", "images", "seconds"}
    assert scores["images"] == TESTED
    assert 0 <= scores["metrics"][metric] <= 1
    assert list(scores["per_class"]) == classes
    assert all(of_class in values for values in scores["per_class"].values())
    assert not any(name.endswith("per_class") for name in scores["metrics"])


def test_scores_are_printed_and_written_as_json_and_csv(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run("semantic")
    text = run_test(str(run), None, "cpu", tmp_path / "new" / "s.json", tmp_path / "s.csv", ())
    scores = json.loads((tmp_path / "new" / "s.json").read_text(encoding="utf-8"))
    assert scores == json.loads((run / "test.json").read_text(encoding="utf-8"))
    table = pd.read_csv(tmp_path / "s.csv", keep_default_na=False)
    overall = table[table["class"] == ""].set_index("metric")["value"].astype(float)
    assert overall["iou/mIoU"] == pytest.approx(scores["metrics"]["iou/mIoU"])
    disk = table[table["class"] == "disk"].set_index("metric")["value"].astype(float)
    assert disk["iou/recall"] == pytest.approx(scores["per_class"]["disk"]["iou/recall"])
    assert f"{scores['metrics']['iou/mIoU']:.4f}" in text
    assert f"{TESTED} images" in text
    assert str(run / "test.png") in text


def test_what_no_image_can_tell_is_null_in_json(make_run: MakeRun) -> None:
    # Pictures of 64 x 64 pixels hold no large object.
    assert scores_of(make_run("detection"))["metrics"]["coco/AP_large"] is None


def test_a_run_gets_a_picture_of_labels_and_predictions(make_run: MakeRun) -> None:
    run = make_run("semantic")
    run_test(str(run), None, "cpu", None, None, ())
    picture = cv2.imread(str(run / "test.png"))
    height, width = picture.shape[:2]
    assert width > height / 2
    assert min(height, width) > 500
    assert not list(run.glob(".*"))


def test_a_config_and_its_weights_score_like_their_run(make_run: MakeRun, make_recipe) -> None:
    run = make_run("semantic")
    expected = scores_of(run)
    (run / "test.png").unlink()
    text = run_test(str(make_recipe("semantic")), run / "best.pth", "cpu", None, None, ())
    assert f"{expected['metrics']['iou/mIoU']:.4f}" in text
    assert "pictures" not in text
    assert not (run / "test.png").exists()


def test_settings_change_keys_of_the_runs_config(make_run: MakeRun) -> None:
    run = make_run("semantic")
    scores = scores_of(run, "test_dataloader.dataset.split=train", "test_evaluator.0.prefix=mine")
    assert scores["images"] == 2
    assert "mine/mIoU" in scores["metrics"]
    assert "mine/IoU" in scores["per_class"]["disk"]


def test_a_setting_that_leads_nowhere_names_its_neighbour(make_run: MakeRun) -> None:
    with pytest.raises(RecipeError, match="test_dataloader"):
        run_test(str(make_run("semantic")), None, "cpu", None, None, ["test_dataloadr.batch_size=1"])


def test_nothing_is_printed_but_the_result(make_run: MakeRun, capsys: pytest.CaptureFixture[str]) -> None:
    run_test(str(make_run("semantic")), None, "cpu", None, None, ())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"testing  {TESTED}/{TESTED}" in captured.err


def test_a_config_without_a_test_split_says_so(make_run: MakeRun) -> None:
    with pytest.raises(KitError, match="no test_dataloader and no test_evaluator"):
        run_test(
            str(make_run("semantic")),
            None,
            "cpu",
            None,
            None,
            ["test_dataloader=none", "test_evaluator=none"],
        )


def test_weights_of_another_model_are_refused(make_run: MakeRun) -> None:
    with pytest.raises(KitError, match="weights of another model"):
        run_test(str(make_run("semantic")), make_run("detection") / "best.pth", "cpu", None, None, ())


FILES = {"report.html", "confusion.png", "worst.png", "examples.png", "per_image.json"}
CURVES = {"precision_recall.png", "f1.png"}


class Page(HTMLParser):
    """Collects the tags of a page, and fails on one that is closed before it is opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.mark.parametrize(
    ("task", "curves"), [("instance", CURVES), ("detection", CURVES), ("semantic", set())]
)
def test_a_run_gets_a_report_that_needs_no_other_file(make_run: MakeRun, task: str, curves: set[str]) -> None:
    run = make_run(task)
    text = run_test(str(run), None, "cpu", None, None, ())
    assert f"report: {run / 'test' / 'report.html'}" in text
    assert {path.name for path in (run / "test").iterdir()} == FILES | curves
    html = (run / "test" / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    images = [b64decode((attrs["src"] or "").removeprefix("data:image/png;base64,")) for _, attrs in page.tags
              if "src" in attrs]  # fmt: skip
    assert images
    assert {path.read_bytes() for path in (run / "test").glob("*.png")} == set(images)
    assert not [tag for tag, attrs in page.tags if tag in {"script", "link", "iframe"} or "href" in attrs]
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html
    assert sha256((run / "best.pth").read_bytes()).hexdigest() in html
    assert all(f"<td>{name}</td>" in html for name in SHAPES)


@pytest.mark.parametrize("task", ["detection", "instance", "semantic"])
def test_the_scores_of_images_add_up_to_those_of_the_metrics(make_run: MakeRun, task: str) -> None:
    run = make_run(task)
    metrics = scores_of(run)["metrics"]
    tested = from_document(json.loads((run / "test" / "per_image.json").read_text(encoding="utf-8")), "file")
    assert [image.name for image in tested.images] == [f"{number:05}.png" for number in range(TESTED)]
    found = scores(tested, np.ones((1, TESTED)))
    names = {"detection": ["AP", "AP50", "AP75"], "instance": ["AP50", "mask_AP50", "mask_AP"]}
    prefix = "iou/" if task == "semantic" else "coco/"
    for name in names.get(task, ["mIoU", "mDice", "pixel_accuracy"]):
        assert found[name][0] == pytest.approx(metrics[prefix + name], nan_ok=True)


def test_a_run_compared_with_itself_is_the_same(make_run: MakeRun) -> None:
    run = make_run("semantic")
    run_test(str(run), None, "cpu", None, None, ())
    text = compare([str(run), str(run)], None)
    assert "same" in text
    assert "better" not in text

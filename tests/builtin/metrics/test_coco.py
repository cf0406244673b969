from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdet.structures.mask import BitmapMasks
from mmengine.evaluator import Evaluator
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from segdet_kit.builtin.metrics.coco import STATISTICS, CocoAP
from segdet_kit.errors import DataError

# pycocotools 2.0 decodes masks by a protocol that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CLASSES = ("cat", "dog", "owl")
SIZE = 128
Thing = tuple[tuple[int, int, int, int], int, float, bool]  # corners, label, score, crowd
Image = tuple[list[Thing], list[Thing]]  # truth, predictions


@st.composite
def things(draw: st.DrawFn) -> Thing:
    """A box on a coarse grid, so that boxes often overlap, and a score of few, so that many tie."""
    x, y = draw(st.integers(0, 4)) * 4, draw(st.integers(0, 4)) * 4
    width, height = draw(st.sampled_from([8, 30, 36, 40, 100, 112])), draw(st.sampled_from([8, 36, 100]))
    label, score = draw(st.integers(0, 2)), draw(st.integers(1, 9)) / 8
    return (x, y, x + width, y + height), label, score, draw(st.sampled_from([False, False, False, True]))


images = st.lists(st.tuples(st.lists(things(), max_size=5), st.lists(things(), max_size=7)), max_size=5)


def draw_mask(box: tuple[int, int, int, int]) -> np.ndarray:
    """A box without its first quarter, so that masks and boxes overlap differently."""
    x1, y1, x2, y2 = box
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[y1:y2, x1:x2] = 1
    mask[y1 : (y1 + y2) // 2, x1 : (x1 + x2) // 2] = 0
    return mask


def instances(chosen: Sequence[Thing], *, masks: bool, scored: bool = False) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "bboxes": torch.tensor([t[0] for t in chosen], dtype=torch.float32).reshape(-1, 4),
        "labels": torch.tensor([t[1] for t in chosen], dtype=torch.int64),
    }
    if scored:
        fields["scores"] = torch.tensor([t[2] for t in chosen])
    if masks:
        drawn = np.array([draw_mask(t[0]) for t in chosen], np.uint8).reshape(-1, SIZE, SIZE)
        fields["masks"] = torch.from_numpy(drawn).bool() if scored else BitmapMasks(drawn, SIZE, SIZE)
    return fields


def samples(data: Sequence[Image], *, masks: bool) -> list[dict[str, Any]]:
    return [
        {
            "img_id": index,
            "img_path": f"{index}.png",
            "ori_shape": (SIZE, SIZE),
            "gt_instances": instances([t for t in truth if not t[3]], masks=masks),
            "ignored_instances": instances([t for t in truth if t[3]], masks=masks),
            "pred_instances": instances(predictions, masks=masks, scored=True),
        }
        for index, (truth, predictions) in enumerate(data)
    ]


def score(batches: list[list[dict[str, Any]]]) -> dict[str, Any]:
    metric = CocoAP()
    metric.dataset_meta = {"classes": CLASSES}
    for batch in batches:
        metric.process({}, batch)
    return metric.evaluate(size=len(metric.results))


def annotation(thing: Thing, image: int, number: int, *, kind: str, masks: bool) -> dict[str, Any]:
    (x1, y1, x2, y2), label, _, crowd = thing
    mask = rle.encode(np.asfortranarray(draw_mask(thing[0])))
    area = float(rle.area(mask)) if masks else float((x2 - x1) * (y2 - y1))
    shape = {"segmentation": mask} if kind == "segm" else {"bbox": [x1, y1, x2 - x1, y2 - y1]}
    common = {"id": number, "image_id": image + 1, "category_id": label, "iscrowd": int(crowd), "area": area}
    return common | shape


def reference(data: Sequence[Image], kind: str, *, masks: bool) -> COCOeval:
    """What pycocotools says of the same boxes or masks, given to it directly."""
    content: dict[str, Any] = {
        "images": [{"id": i + 1, "height": SIZE, "width": SIZE} for i in range(len(data))]
    }
    content["categories"] = [{"id": i, "name": name} for i, name in enumerate(CLASSES)]
    truth = [(i, t) for i, (truth, _) in enumerate(data) for t in truth]
    found = [(i, t) for i, (_, found) in enumerate(data) for t in found]
    annotations = [annotation(t, i, n, kind=kind, masks=masks) for n, (i, t) in enumerate(truth, start=1)]
    results = [annotation(t, i, n, kind=kind, masks=masks) for n, (i, t) in enumerate(found, start=1)]
    results = [each | {"score": t[2]} for each, (_, t) in zip(results, found, strict=True)]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = content | {"annotations": annotations}
        coco.createIndex()
        if results:
            predictions = coco.loadRes(results)
        else:
            predictions = COCO()
            predictions.dataset = content | {"annotations": []}
            predictions.createIndex()
        evaluation = COCOeval(coco, predictions, kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def assert_equal_to_pycocotools(ours: dict[str, Any], evaluation: COCOeval, prefix: str) -> None:
    for name, index in STATISTICS.items():
        expected, got = evaluation.stats[index], ours[f"coco/{prefix}{name}"]
        assert math.isnan(got) if expected == -1 else got == pytest.approx(expected, abs=1e-6), name
    for label, name in enumerate(CLASSES):
        for key, thresholds in (("AP", slice(None)), ("AP50", slice(1))):
            values = evaluation.eval["precision"][thresholds, :, label, 0, -1]
            got = ours["coco/per_class"][name][f"{prefix}{key}"]
            known = values[values > -1]
            assert got == pytest.approx(known.mean(), abs=1e-6) if known.size else math.isnan(got), (
                name,
                key,
            )


@settings(deadline=None, max_examples=60)
@given(images.filter(bool))
def test_box_ap_equals_pycocotools(data: list[Image]) -> None:
    ours = score([samples(data, masks=False)])
    assert_equal_to_pycocotools(ours, reference(data, "bbox", masks=False), "")
    assert not any("mask" in key for key in ours)


@settings(deadline=None, max_examples=40)
@given(images.filter(lambda data: any(found for _, found in data)))
def test_mask_ap_equals_pycocotools(data: list[Image]) -> None:
    ours = score([samples(data, masks=True)])
    assert_equal_to_pycocotools(ours, reference(data, "segm", masks=True), "mask_")
    assert_equal_to_pycocotools(ours, reference(data, "bbox", masks=True), "")


CAT: Thing = ((10, 10, 50, 50), 0, 0.9, False)
DOG: Thing = ((20, 20, 60, 90), 1, 0.8, False)
CROWD: Thing = ((0, 0, 120, 120), 0, 1.0, True)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([([CAT], [])], id="nothing predicted"),
        pytest.param([([], [CAT])], id="nothing there"),
        pytest.param([([], [])], id="nothing at all"),
        pytest.param([([CROWD], [CAT, CAT])], id="only a crowd"),
        pytest.param([([CROWD, CAT], [CAT, DOG])], id="a crowd and a wrong class"),
        pytest.param([([CAT], [CAT]), ([], []), ([DOG], [CAT])], id="an empty image between"),
        pytest.param([([CAT], [CAT] * 150)], id="more than a hundred predictions"),
    ],
)
def test_the_edges_equal_pycocotools(data: list[Image]) -> None:
    ours = score([samples(data, masks=False)])
    assert_equal_to_pycocotools(ours, reference(data, "bbox", masks=False), "")


def test_a_thousand_random_boxes_equal_pycocotools() -> None:
    rng = np.random.default_rng(0)

    def jittered(thing: Thing) -> Thing:
        x1, y1, x2, y2 = (int(v) for v in np.array(thing[0]) + rng.integers(-3, 4, 4))
        label = thing[1] if rng.random() < 0.8 else int(rng.integers(3))
        return (x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)), label, float(np.float32(rng.random())), False

    def drawn() -> Thing:
        x, y, width, height = (int(v) for v in (*rng.integers(5, 60, 2), *rng.integers(10, 60, 2)))
        return (x, y, x + width, y + height), int(rng.integers(3)), 1.0, bool(rng.random() < 0.05)

    data: list[Image] = []
    for _ in range(100):
        truth = [drawn() for _ in range(rng.integers(0, 15))]
        data.append((truth, [jittered(thing) for thing in truth for _ in range(rng.integers(0, 4))]))
    ours = score([samples(data, masks=False)])
    assert 0.1 < ours["coco/AP"] < 0.9
    assert_equal_to_pycocotools(ours, reference(data, "bbox", masks=False), "")


@settings(deadline=None, max_examples=30)
@given(images.filter(bool), st.randoms(use_true_random=False))
def test_the_order_of_batches_changes_nothing(data: list[Image], random: Any) -> None:
    every = samples(data, masks=False)
    once = score([every])
    random.shuffle(every)
    again = score([[sample] for sample in every])
    np.testing.assert_equal(again, once)


def test_image_ids_may_be_names() -> None:
    every = samples([([CAT], [CAT]), ([DOG], [DOG])], masks=False)
    for sample, name in zip(every, ("BloodImage_2", "BloodImage_1"), strict=True):
        sample["img_id"] = name
    assert score([every])["coco/AP"] == pytest.approx(1)


@pytest.mark.parametrize("masks", [False, True])
def test_an_object_has_the_size_that_its_annotation_gives(masks: bool) -> None:
    sizes = {"AP_small": 32**2 - 1, "AP_medium": 96**2 - 1, "AP_large": 96**2 + 1}
    for name, area in sizes.items():
        sample = samples([([CAT], [CAT])], masks=masks)[0]
        sample["gt_instances"]["areas"] = torch.tensor([float(area)])
        scores = score([[sample]])
        for prefix in ("", "mask_") if masks else ("",):
            known = [each for each in sizes if not math.isnan(scores[f"coco/{prefix}{each}"])]
            assert known == [name]


def test_a_model_of_masks_that_finds_nothing_has_mask_ap_zero() -> None:
    assert score([samples([([CAT], [])], masks=True)])["coco/mask_AP"] == 0.0
    assert "coco/mask_AP" not in score([samples([([CAT], [])], masks=False)])


def test_predicted_masks_without_true_ones_are_refused() -> None:
    sample = samples([([CAT], [CAT])], masks=False)[0]
    sample["pred_instances"] = instances([CAT], masks=True, scored=True)
    with pytest.raises(DataError, match=r"0\.png: masks are predicted") as error:
        score([[sample]])
    assert "with_mask=True" in error.value.hint


def test_a_data_set_s_own_boxes_score_one_after_resizing(shapes_samples: list[Any]) -> None:
    """The network sees resized images, but truth and predictions are in the original's pixels."""
    evaluator = Evaluator(CocoAP())
    evaluator.dataset_meta = {"classes": ("disk", "square", "triangle", "star")}
    evaluator.process(shapes_samples)
    metrics = evaluator.evaluate(len(shapes_samples))
    assert metrics["coco/AP"] == pytest.approx(1)
    assert metrics["coco/mask_AP"] == pytest.approx(1)

"""COCO's average precision of boxes and masks, computed by faster-coco-eval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_coco_eval import COCO, COCOeval_faster
from faster_coco_eval.core import mask as rle
from mmengine.evaluator import BaseMetric

from segdet_kit.errors import DataError

STATISTICS = {"AP": 0, "AP50": 1, "AP75": 2, "AP_small": 3, "AP_medium": 4, "AP_large": 5, "AR_100": 8}
"""Name to place among the twelve numbers of COCO's summary."""


class CocoAP(BaseMetric):  # type: ignore[misc]
    """Average precision over IoU thresholds 0.5 to 0.95, as COCO defines it (Lin et al. 2014).

    Gives ``AP``, ``AP50``, ``AP75``, ``AP_small``, ``AP_medium``, ``AP_large`` and ``AR_100`` of boxes;
    the same with the prefix ``mask_`` when masks are predicted; and ``AP`` and ``AP50`` of each class
    under ``per_class``. All lie in 0..1; what has no ground truth is NaN. Equal to pycocotools.

    Predictions and ground truth are read from the data samples, both in pixels of the original image:
    the test pipeline loads annotations after resizing, as OpenMMLab's do. ``ignored_instances``
    (crowds, difficult objects) count neither way. An object's size is the area that its annotation gives,
    as ``areas`` of the instances; else that of its mask, or of its box where there are no masks. Raises
    ``DataError`` for predicted masks without true ones.
    """

    default_prefix = "coco"

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep the predictions and the ground truth of a batch, masks as run lengths."""
        for sample in data_samples:
            height, width = sample["ori_shape"]
            image = {"img_id": sample["img_id"], "height": int(height), "width": int(width)}
            truth = [*_objects(sample["gt_instances"]), *_objects(sample["ignored_instances"], iscrowd=1)]
            predictions = _objects(sample["pred_instances"])
            if _has_masks(predictions) and truth and not _has_masks(truth):
                raise DataError(
                    f"{sample['img_path']}: masks are predicted, but its annotations hold boxes only",
                    "load masks in the test pipeline: LoadAnnotations(with_bbox=True, with_mask=True)",
                )
            masks = "masks" in sample["pred_instances"]
            self.results.append({"image": image, "truth": truth, "predictions": predictions, "masks": masks})

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the numbers of all images, whatever the order in which they came."""
        results = sorted(results, key=lambda result: result["image"]["img_id"])
        names = list(self.dataset_meta["classes"])
        truth = _numbered([result["truth"] for result in results])
        predictions = _numbered([result["predictions"] for result in results])
        ground_truth = {
            "images": [result["image"] | {"id": i} for i, result in enumerate(results, start=1)],
            "annotations": truth,
            "categories": [{"id": i, "name": name} for i, name in enumerate(names)],
        }
        kinds = {"bbox": ""} | ({"segm": "mask_"} if any(result["masks"] for result in results) else {})
        metrics: dict[str, Any] = {}
        per_class: dict[str, dict[str, float]] = {name: {} for name in names}
        for kind, prefix in kinds.items():
            # A result that holds a box takes its size from the box, even where masks are compared.
            unread = "bbox" if kind == "segm" else "segmentation"
            found = [{key: value for key, value in p.items() if key != unread} for p in predictions]
            evaluation = _evaluate(ground_truth, found, kind)
            metrics |= {f"{prefix}{name}": _known(evaluation.stats[i]) for name, i in STATISTICS.items()}
            precision = evaluation.eval["precision"][:, :, :, 0, -1]  # IoU threshold, recall, class
            for label, name in enumerate(names):
                per_class[name][f"{prefix}AP"] = _mean(precision[:, :, label])
                per_class[name][f"{prefix}AP50"] = _mean(precision[0, :, label])
        return metrics | {"per_class": per_class}


def _evaluate(ground_truth: dict[str, Any], predictions: list[dict[str, Any]], kind: str) -> Any:
    truth = COCO(ground_truth)
    evaluation = COCOeval_faster(truth, truth.loadRes(predictions), kind, print_function=lambda _: None)
    evaluation.run()
    return evaluation


def _objects(instances: Mapping[str, Any], iscrowd: int = 0) -> list[dict[str, Any]]:
    """Turn mmdet's instances into COCO's annotations, still without ids."""
    boxes = np.asarray(instances["bboxes"].cpu(), dtype=np.float64).reshape(-1, 4)
    labels = instances["labels"].tolist()
    sizes = boxes[:, 2:] - boxes[:, :2]
    objects = [
        {
            "bbox": [*box[:2].tolist(), *size.tolist()],
            "category_id": label,
            "area": float(size.prod()),
            "iscrowd": iscrowd,
        }
        for box, size, label in zip(boxes, sizes, labels, strict=True)
    ]
    if "scores" in instances:
        for each, score in zip(objects, instances["scores"].tolist(), strict=True):
            each["score"] = score
    if objects and "masks" in instances:
        encoded = _encode(instances["masks"])
        for each, mask in zip(objects, encoded, strict=True):
            each |= {"segmentation": mask, "area": float(rle.area(mask))}
    if "areas" in instances:
        for each, area in zip(objects, instances["areas"].tolist(), strict=True):
            each["area"] = area
    return objects


def _encode(masks: Any) -> list[dict[str, Any]]:
    """Run lengths of masks (N, H, W): a tensor as predicted, or mmdet's structure as annotated."""
    pixels = masks.to_ndarray() if hasattr(masks, "to_ndarray") else masks.cpu().numpy()
    columns = np.asfortranarray(pixels.transpose(1, 2, 0).astype(np.uint8))
    return rle.encode(columns)  # type: ignore[no-any-return]


def _has_masks(objects: list[dict[str, Any]]) -> bool:
    return any("segmentation" in each for each in objects)


def _numbered(of_images: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    every = ((image, each) for image, objects in enumerate(of_images, start=1) for each in objects)
    return [each | {"image_id": image, "id": number} for number, (image, each) in enumerate(every, start=1)]


def _known(value: float) -> float:
    """COCO writes -1 for what has no ground truth."""
    return float(value) if value > -1 else float("nan")


def _mean(values: npt.NDArray[np.float64]) -> float:
    known = values[values > -1]
    return float(known.mean()) if known.size else float("nan")

"""Train Ultralytics' nano detector from random weights for so many CPU minutes, and score it by pycocotools.

python tools/peers/train_yolo.py YOLO_DIR COCO_DIR WORK_DIR --size 512 --predict-size 384 512 [--minutes 30]

YOLO_DIR and COCO_DIR are what ``segdet-kit data convert --to yolo`` and ``--to coco`` wrote of one recipe.
Optimiser, batch size, augmentations and schedule are Ultralytics' defaults. Its ``time`` argument fits the
schedule to the minutes; here it counts those of this process on the CPU, so that other programs take none.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ |= {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "YOLO_CONFIG_DIR": tempfile.mkdtemp()}

import torch
import ultralytics.engine.trainer as trainer
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from ultralytics import YOLO


def predictions(yolo: YOLO, truth: COCO, images: Path, size: list[int]) -> list[dict[str, Any]]:
    """Return what it finds in each image above a score of 0.001, as COCO writes it: boxes are x, y, w, h."""
    found = []
    for image in truth.loadImgs(truth.getImgIds()):
        path = str(images / image["file_name"])
        (result,) = yolo.predict(
            path, imgsz=size, conf=0.001, iou=0.7, max_det=100, device="cpu", verbose=False
        )
        corners, scores, labels = (
            values.tolist() for values in (result.boxes.xyxy, result.boxes.conf, result.boxes.cls)
        )
        for (left, top, right, bottom), score, label in zip(corners, scores, labels, strict=True):
            (category,) = truth.getCatIds(catNms=[result.names[int(label)]])
            box = [left, top, right - left, bottom - top]
            found.append({"image_id": image["id"], "category_id": category, "bbox": box, "score": score})
    return found


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("yolo", type=Path)
    parser.add_argument("coco", type=Path)
    parser.add_argument("work_dir", type=Path)
    parser.add_argument("--size", type=int, required=True, help="of the square windows that it trains on")
    parser.add_argument("--predict-size", type=int, nargs=2, required=True, help="height and width")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    trainer.time = SimpleNamespace(time=time.process_time)
    YOLO("yolo11n.yaml", task="detect").train(
        data=str(asked.yolo.resolve() / "data.yaml"),
        time=asked.minutes / 60,
        imgsz=asked.size,
        seed=asked.seed,
        project=str(asked.work_dir.resolve()),
        name="run",
        device="cpu",
        workers=0,  # what reads images counts, too
        val=False,
        plots=False,
        pretrained=False,
    )
    spent = time.process_time()
    (weights,) = asked.work_dir.glob("run/weights/last.pt")
    truth = COCO(str(asked.coco / "annotations" / "instances_test2017.json"))
    found = predictions(YOLO(str(weights)), truth, asked.coco / "images" / "test2017", asked.predict_size)
    judge = COCOeval(truth, truth.loadRes(found), "bbox")
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    made = {"cpu_seconds": round(spent), "AP": judge.stats[0], "AP50": judge.stats[1], "AP75": judge.stats[2]}
    text = json.dumps(made, indent=2)
    (asked.work_dir / "scores.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

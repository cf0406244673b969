"""The recipes for real photographs, on a few of them: from ImageNet weights to predictions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from tests.end_to_end.kit import Kit, records, tensors

CONFIGS = Path(__file__).parents[2] / "configs"
SPLITS = {"train": 8, "val": 2, "test": 4}
NUCLEUS = "dsb2018/stage1_train/0280fa8f60f6bcae0f97d93c28f60be194f9309ff610dc5845e60455b0f87c21/images"


def copy(source: Path, target: Path, files: list[Path]) -> None:
    for file in files:
        copied = target / file.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copied)


@pytest.fixture(scope="session")
def few_images(segdet_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like ``SEGDET_DATA`` with the first images of each split."""
    root = tmp_path_factory.mktemp("few_images")
    cells, streets = segdet_data / "bccd", segdet_data / "camvid"
    lists = root / "bccd/ImageSets/Main"
    lists.mkdir(parents=True)
    for split, count in SPLITS.items():
        names = (cells / f"ImageSets/Main/{split}.txt").read_text().split()[:count]
        (lists / f"{split}.txt").write_text("\n".join(names))
        images = [cells / f"JPEGImages/{name}.jpg" for name in names]
        copy(cells, root / "bccd", images + [cells / f"Annotations/{name}.xml" for name in names])
        for folder in ("images", "labels"):
            files = sorted((streets / folder / split).iterdir())[:count]
            copy(streets, root / "camvid", files)
    nuclei = segdet_data / "dsb2018"
    lists = root / "dsb2018/splits"
    lists.mkdir(parents=True)
    for split in ("train", "val"):
        names = (nuclei / f"splits/{split}.txt").read_text().split()[: SPLITS[split]]
        (lists / f"{split}.txt").write_text("\n".join(names))
        for name in names:
            copy(nuclei, root / "dsb2018", sorted((nuclei / "stage1_train" / name).glob("*/*.png")))
    return root


@pytest.mark.parametrize(
    ("name", "smaller", "crop", "tested", "metric", "classes", "photos"),
    [
        ("bccd-rtmdet", "(96, 128)", 3, "test", "coco/AP50", 3, "bccd/JPEGImages"),
        ("camvid-segmenter", "(96, 128)", 1, "test", "iou/mIoU", 11, "camvid/images/test"),
        ("dsb2018-instances", "(128, 128)", 3, "val", "coco/mask_AP50", 1, NUCLEUS),
        ("dsb2018-segmenter", "(128, 128)", 3, "val", "iou/mDice", 2, NUCLEUS),
    ],
)
def test_a_recipe_for_real_data_trains_is_tested_and_predicts(
    kit: Kit,
    few_images: Path,
    name: str,
    smaller: str,
    crop: int,
    tested: str,
    metric: str,
    classes: int,
    photos: str,
) -> None:
    data = {"SEGDET_DATA": str(few_images)}
    changes = [f"image_size={smaller}", f"augmentations.{crop}.size=(64, 64)", "schedule.batch_size=4"]
    changes += [
        "schedule.epochs=2",
        "schedule.warmup_epochs=1",
        "schedule.val_interval=1",
        "schedule.lr=1e-6",
    ]
    settings = [argument for change in changes for argument in ("--set", change)]
    kit("train", CONFIGS / f"{name}.py", *settings, "--device", "cpu", **data)
    run = kit.folder / "runs" / name
    assert [record["step"] for record in records(run) if "val" in record] == [2, 4]
    assert holds_imagenet_weights(run)

    kit("test", run, "--device", "cpu", "--json", "scores.json", **data)
    scores = json.loads((kit.folder / "scores.json").read_text(encoding="utf-8"))
    assert metric in scores["metrics"]
    assert len(scores["per_class"]) == classes
    assert scores["images"] == SPLITS[tested]

    out = kit.folder / f"{name}-out"
    kit("predict", run, few_images / photos, "--out", out, "--device", "cpu", **data)
    assert len(list(out.glob("*.json"))) == len(list((few_images / photos).iterdir()))


def holds_imagenet_weights(run: Path) -> bool:
    """Whether the first convolution is still what it was: the learning rate is next to nothing."""
    from segdet_timm.weights import efficientnet_lite0

    published = efficientnet_lite0()["conv_stem.weight"]
    stems = [
        tensor for name, tensor in tensors(run / "last.pth").items() if name.endswith("conv_stem.weight")
    ]
    return [torch.allclose(stem, published, atol=1e-3) for stem in stems] == [True]

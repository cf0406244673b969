"""Draws pictures in which the class of each figure stands far away from it, at the other end of its row.

python tools/make_row_cues.py FOLDER writes the data set of configs/row-cues.py, in the layout mask-folders.

A picture has two rows. At the left of each is a disc, red or green; at the right a grey figure, of class
"red" or "green" as the disc of its own row is. Figures of both classes are drawn alike, and the two discs
are drawn alone, so that half of the pictures hold both classes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

HEIGHT, WIDTH, ROWS = 64, 448, 2
SPLITS = {"train": 320, "val": 40, "test": 120}
COLOURS = ((240, 40, 40), (40, 240, 40))
CUE_X, FIGURE_X = (16, 32), (408, 432)
CUE_RADIUS, FIGURE_RADII = 12, (8, 11)


def draw(rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return a picture (H, W, 3) in RGB and its labels (H, W): 0 ground, 1 red, 2 green."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    picture = np.full((HEIGHT, WIDTH, 3), rng.uniform(90, 110))
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    step = HEIGHT // ROWS
    for row in range(ROWS):
        colour = int(rng.integers(2))
        middles = row * step + step // 2 + rng.integers(-4, 5, 2)
        cue = np.hypot(y - middles[0], x - rng.integers(*CUE_X)) < CUE_RADIUS
        picture[cue] = COLOURS[colour]
        height, width = rng.uniform(*FIGURE_RADII, 2)
        figure = np.hypot((y - middles[1]) / height, (x - rng.integers(*FIGURE_X)) / width) < 1
        picture[figure] = rng.uniform(170, 220)
        labels[figure] = 1 + colour
    picture += rng.normal(0, 12, picture.shape)
    return picture.clip(0, 255).astype(np.uint8), labels


def main(folder: Path) -> None:
    """Write all splits, the same ones each time."""
    for seed, (split, count) in enumerate(SPLITS.items()):
        rng = np.random.default_rng(seed)
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            for kind, pixels in zip(("images", "labels"), draw(rng), strict=True):
                Image.fromarray(pixels).save(folder / kind / split / f"{number:03}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Draws one picture of the shapes data set: textured figures on a textured ground, and their masks.

Colour and texture of figures, distractors and ground are drawn from one distribution, so that only
the outline tells a class. Figures are turned, scaled, cut by the border and hidden by one another.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

SUPERSAMPLING = 4
MIN_VISIBLE = 0.45
"""How much of a figure must stay in sight, so that its class can still be told."""
MIN_CONTRAST = 55.0
"""Least RGB distance between the mean colours of a figure and of what it covers."""


def _regular(corners: int, inner: float = 1.0) -> Floats:
    """Corners on the unit circle, every second one at radius ``inner``: an array (corners, 2)."""
    angle = np.arange(corners) * 2 * np.pi / corners
    radius = np.where(np.arange(corners) % 2, inner, 1.0)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)


OUTLINES: dict[str, Floats] = {
    "disk": _regular(64),
    "square": _regular(4),
    "triangle": _regular(3),
    "star": _regular(10, inner=0.45),
}
_BAR = [(1, 0.18), (-1, 0.18), (-1, -0.18), (1, -0.18)]
_CHEVRON = [(0.9, 0), (-0.6, 0.9), (-0.9, 0.5), (0.1, 0), (-0.9, -0.5), (-0.6, -0.9)]
_ARM = [(0.3, 0.9), (0.3, 0.3), (0.9, 0.3)]
_PLUS = [*_ARM, *((y, -x) for x, y in _ARM), *((-x, -y) for x, y in _ARM), *((-y, x) for x, y in _ARM)]
DISTRACTORS = tuple(np.array(outline, np.float32) for outline in (_BAR, _CHEVRON, _PLUS))


@dataclass(frozen=True)
class Scene:
    """A picture (S, S, 3) uint8 BGR; the visible masks (N, S, S) bool, disjoint; their class indices."""

    image: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    labels: tuple[int, ...]


def draw_scene(rng: np.random.Generator, size: int) -> Scene:
    """Draw a scene of ``size`` x ``size`` pixels with one to six figures and up to four distractors."""
    canvas = _texture(rng, size)
    outlines = list(OUTLINES.values())
    kinds = [int(rng.integers(len(outlines))) for _ in range(rng.integers(1, 7))]
    kinds += [-1] * int(rng.integers(0, 5))
    masks: list[npt.NDArray[np.bool_]] = []
    areas: list[int] = []
    labels: list[int] = []
    for kind in rng.permutation(kinds):
        for _ in range(20):
            outline = outlines[kind] if kind >= 0 else DISTRACTORS[rng.integers(len(DISTRACTORS))]
            alpha = _place(rng, outline, size)
            mask = alpha > 0.5
            visible = [int((old & ~mask).sum()) for old in masks]
            if mask.sum() < 0.003 * size * size:
                continue
            if any(seen < MIN_VISIBLE * area for seen, area in zip(visible, areas, strict=True)):
                continue
            fill = _contrasting_fill(rng, canvas, mask)
            canvas += (fill - canvas) * alpha[..., None]
            masks = [old & ~mask for old in masks]
            if kind >= 0:
                masks.append(mask)
                areas.append(int(mask.sum()))
                labels.append(int(kind))
            break
    stack = np.stack(masks) if masks else np.zeros((0, size, size), bool)
    return Scene(_photograph(rng, canvas), stack, tuple(labels))


def _place(rng: np.random.Generator, outline: Floats, size: int) -> Floats:
    """Coverage (size, size) in 0..1 of an outline at a random place, size, angle and slight squeeze."""
    radius = size * float(np.exp(rng.uniform(np.log(0.08), np.log(0.26))))
    angle = rng.uniform(0, 2 * np.pi)
    squeeze = np.array([1.0, rng.uniform(0.85, 1.0)])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = rng.uniform(0.5 * radius, size - 0.5 * radius, size=2)
    corners = (outline * squeeze) @ turn.T * radius + centre
    coverage = np.zeros((size * SUPERSAMPLING, size * SUPERSAMPLING), np.uint8)
    cv2.fillPoly(coverage, [np.round(corners * SUPERSAMPLING).astype(np.int32)], 255)
    small = cv2.resize(coverage, (size, size), interpolation=cv2.INTER_AREA)
    coverage_of_pixel: Floats = small.astype(np.float32) / np.float32(255)
    return coverage_of_pixel


def _contrasting_fill(rng: np.random.Generator, canvas: Floats, mask: npt.NDArray[np.bool_]) -> Floats:
    covered = canvas[mask].mean(axis=0)
    best, distance = canvas, -1.0
    for _ in range(10):
        fill = _texture(rng, canvas.shape[0])
        contrast = float(np.linalg.norm(fill[mask].mean(axis=0) - covered))
        if contrast > distance:
            best, distance = fill, contrast
        if distance >= MIN_CONTRAST:
            break
    return best


def _texture(rng: np.random.Generator, size: int) -> Floats:
    """A texture (size, size, 3) in 0..255: two colours mixed by noise, stripes, checks or waves."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / np.float32(size)
    angle, frequency = rng.uniform(0, np.pi), rng.uniform(4, 14)
    along = (x * np.cos(angle) + y * np.sin(angle)) * frequency + rng.uniform()
    across = (y * np.cos(angle) - x * np.sin(angle)) * frequency + rng.uniform()
    kind = rng.integers(4)
    if kind == 0:
        mix = _noise(rng, size)
    elif kind == 1:
        mix = 0.5 + 0.5 * np.sin(2 * np.pi * along)
    elif kind == 2:
        mix = (np.floor(along) + np.floor(across)) % 2
    else:
        mix = 0.5 + 0.5 * np.sin(2 * np.pi * (along + 0.7 * np.sin(2 * np.pi * across / 2)))
    first = rng.uniform(20, 235, size=3)
    second = np.clip(first + rng.normal(0, 50, size=3), 0, 255)
    mix = 0.8 * mix[..., None] + 0.2 * _noise(rng, size)[..., None]
    return (first + (second - first) * mix).astype(np.float32)


def _noise(rng: np.random.Generator, size: int) -> Floats:
    """Value noise (size, size) in 0..1: random grids of 4 to 32 cells, enlarged and added."""
    total = np.zeros((size, size), np.float32)
    for cells, weight in ((4, 0.5), (8, 0.25), (16, 0.15), (32, 0.1)):
        grid = rng.random((cells, cells), np.float32)
        total += np.float32(weight) * cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(total, 0, 1)


def _photograph(rng: np.random.Generator, canvas: Floats) -> npt.NDArray[np.uint8]:
    """Uneven light, a little blur, sensor noise: from float (S, S, 3) to uint8."""
    size = canvas.shape[0]
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / np.float32(size) - np.float32(0.5)
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.6)
    light = rng.uniform(0.8, 1.1) + strength * (x * np.cos(angle) + y * np.sin(angle))
    blurred = cv2.GaussianBlur(canvas, (0, 0), sigmaX=float(rng.uniform(0.3, 0.9)))
    noisy = blurred * light[..., None] + rng.normal(0, rng.uniform(2, 9), size=canvas.shape)
    pixels: npt.NDArray[np.uint8] = np.clip(np.round(noisy), 0, 255).astype(np.uint8)
    return pixels

"""An image with what a model says of it drawn on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from segdet_kit.reports.palette import RGB, colours, contrast, is_coloured
from segdet_kit.results import IGNORED, Detections, LabelMap, Result, Segments

if TYPE_CHECKING:
    from segdet_kit.results import Pixels

TINT = 0.5
Tag = tuple[float, float, str, RGB]
"""Left, bottom, text and colour."""


def overlay(image: Pixels, result: Result, classes: Sequence[str], *, names: bool = True) -> Pixels:
    """Return a copy of ``image``, RGB uint8 (H, W, 3), with outlines and tints in the classes' colours.

    Lines and letters grow with the image. ``names``: write the classes on it; without, scores alone.
    """
    drawn = np.ascontiguousarray(image).copy()
    if isinstance(result, LabelMap):
        present = [label for label in np.unique(result.labels).tolist() if label != IGNORED]
        regions = [(result.labels == label, label) for label in present]
        tags = _draw_regions(drawn, regions, classes, names)
    elif isinstance(result, Segments):
        regions = [(result.ids == number, label) for number, label in enumerate(result.labels.tolist(), 1)]
        tags = _draw_regions(drawn, regions, classes, names)
    else:
        tags = _draw_objects(drawn, result, classes, names)
    return _with_tags(drawn, tags)


def resized(image: Pixels, result: Result, side: int) -> tuple[Pixels, Result]:
    """Return both so that the longer side of the image is ``side`` pixels long."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
    if isinstance(result, LabelMap):
        return image, LabelMap(cv2.resize(result.labels, size, interpolation=cv2.INTER_NEAREST))
    if isinstance(result, Segments):
        ids = cv2.resize(result.ids, size, interpolation=cv2.INTER_NEAREST)
        return image, Segments(ids, result.labels, result.things)
    masks = result.masks
    if masks is not None:
        scaled = [cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) for mask in masks]
        masks = np.array(scaled, dtype=bool).reshape(len(scaled), size[1], size[0])
    return image, replace(result, boxes=result.boxes * np.float32(scale), masks=masks)


def _draw_objects(image: Pixels, found: Detections, classes: Sequence[str], names: bool) -> list[Tag]:
    palette, width = colours(classes), _line_width(image)
    tags: list[Tag] = []
    for index in range(len(found.labels))[::-1]:  # the surest last, on top of the others
        label = int(found.labels[index])
        left, top, right, bottom = found.boxes[index].tolist()
        if found.masks is None:
            corners = (round(left), round(top)), (round(right) - 1, round(bottom) - 1)
            for colour, wide in _strokes(palette[label], width):
                cv2.rectangle(image, *corners, colour, wide, cv2.LINE_AA)
        else:
            _tint(image, found.masks[index], palette[label])
            _outline(image, found.masks[index], palette[label], width)
        score = "" if found.scores is None else f"{found.scores[index]:.2f}"
        track = "" if found.track_ids is None or found.track_ids[index] < 0 else f"#{found.track_ids[index]}"
        if text := " ".join(filter(None, (classes[label] if names else "", track, score))):
            tags.append((left, top, text, palette[label]))
    return tags


def _draw_regions(
    image: Pixels, regions: Sequence[tuple[npt.NDArray[np.bool_], int]], classes: Sequence[str], names: bool
) -> list[Tag]:
    """Tint each region, a mask and its label; its class's name goes to the thickest place of it."""
    palette, width = colours(classes), _line_width(image)
    tags: list[Tag] = []
    for mask, label in regions:
        if not is_coloured(classes[label]) or not mask.any():
            continue
        _tint(image, mask, palette[label])
        _outline(image, mask, palette[label], width)
        if not names:
            continue
        depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 3)
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        tags.append((float(x), float(y), classes[label], palette[label]))
    return tags


def _tint(image: Pixels, mask: npt.NDArray[np.bool_], colour: RGB) -> None:
    image[mask] = (image[mask] * (1 - TINT) + np.array(colour) * TINT).astype(np.uint8)


def _outline(image: Pixels, mask: npt.NDArray[np.bool_], colour: RGB, width: int) -> None:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for stroke, wide in _strokes(colour, width):
        cv2.drawContours(image, contours, -1, stroke, wide, cv2.LINE_AA)


def _strokes(colour: RGB, width: int) -> tuple[tuple[RGB, int], ...]:
    """A line with dark edges is seen on anything."""
    return ((0, 0, 0), width + 2), (colour, width)


def _line_width(image: Pixels) -> int:
    return -(-max(image.shape[:2]) // 200)


def _with_tags(image: Pixels, tags: Sequence[Tag]) -> Pixels:
    """Write the tags, each within the image, as letters on their colour."""
    if not tags:
        return image
    height, width = image.shape[:2]
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    font = _font(max(9, round(max(height, width) / 40)))
    for left, bottom, text, colour in tags:
        x1, y1, x2, y2 = draw.textbbox((0, 0), text, font=font)
        wide, high = x2 - x1 + 4, y2 - y1 + 4
        x, y = (max(0, min(left, width - wide)), max(0, min(bottom - high, height - high)))
        draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=colour)
        draw.text((x + 2 - x1, y + 2 - y1), text, fill=contrast(colour), font=font)
    return np.asarray(picture)


@cache
def _font(size: int) -> Any:
    import matplotlib

    # matplotlib brings a font of many alphabets, so the picture does not depend on the machine's.
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), size)

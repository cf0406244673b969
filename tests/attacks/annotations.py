"""Data sets whose annotations or images lie: a folder, and what reads it."""

from __future__ import annotations

import copy
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from tests.attacks.pickles import write_pickle
from tests.attacks.trap import Trap

SOUND: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30}],
    "categories": [{"id": 1, "name": "cat"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 3, 10, 10], "area": 100, "iscrowd": 0,
         "segmentation": [[2, 3, 12, 3, 12, 13]]},
    ],
}  # fmt: skip
OUTSIDE = (200, 10, 90)
"""The colour of a picture that lies beside the data set, and is nobody's business."""
HUGE = 20_000
Case = tuple[str, Path]


def annotations(trap: Trap, folder: Path) -> Iterator[Case]:
    """Write each data set below ``folder``: ``coco.json`` and ``images``."""
    for number, (name, content) in enumerate(_contents(trap, folder)):
        root = folder / str(number) / "data"
        (root / "images").mkdir(parents=True)
        Image.new("RGB", (40, 30), OUTSIDE).save(root.parent / "outside.png")
        Image.new("RGB", (40, 30)).save(root / "images" / "a.png")
        said, image = content if isinstance(content, tuple) else (content, None)
        if image is not None:
            (root / "images" / "a.png").write_bytes(image)
        text = said if isinstance(said, (str, bytes)) else json.dumps(said)
        (root / "coco.json").write_bytes(text if isinstance(text, bytes) else text.encode())
        yield name, root


def _contents(trap: Trap, folder: Path) -> Iterator[tuple[str, Any]]:
    outside = (folder / "0" / "outside.png").absolute()
    for name in (
        *(
            "../../outside.png",
            "./../../outside.png",
            "x/../../../outside.png",
            "../images/../../outside.png",
        ),
        *(
            str(outside),
            f"/{outside}",
            f"file://{outside}",
            "/proc/self/environ",
            "../../../../../etc/passwd",
        ),
        *("a.png\0.jpg", "~/a.png", "", ".", "-rf", "$(touch ran)", "a" * 5000, "http://127.0.0.1:9/a.png"),
    ):
        yield f"file_name {name[:30]!r}", _with("images", "file_name", name)
    claims = {"size": [HUGE, HUGE], "counts": [0, HUGE * HUGE]}
    for said in (
        claims, {**claims, "counts": "0" + "o" * 6 + "0"}, {"size": [30, 40], "counts": [0, HUGE * HUGE]},
        {"size": [30, 40], "counts": [2000, -800]}, {"size": [30, 40], "counts": [5]},
        {"size": [40, 30], "counts": [1200]},
        {"size": [-30, -40], "counts": [1200]}, {"size": [30, 40], "counts": {}}, {"counts": [1200]},
    ):  # fmt: skip
        yield f"mask {json.dumps(said)[:40]}", _with("annotations", "segmentation", said)
    nan, inf = float("nan"), float("inf")
    for box in (
        [nan, 3, 10, 10], [2, 3, inf, 10], [2, 3, -inf, 10], [2, 3, 10], [2, 3, -10, -10], ["2", 3, 10, 10],
        [1e308, 1e308, 1e308, 1e308], None,
    ):  # fmt: skip
        yield f"bbox {box}", _with("annotations", "bbox", box)
    for key, value in (
        ("image_id", 7),
        ("category_id", 7),
        ("id", None),
        ("image_id", [1]),
        ("category_id", nan),
    ):
        yield f"annotation {key} {value}", _with("annotations", key, value)
    for key, value in (("width", 10**9), ("height", -30), ("id", "1"), ("width", "40")):
        yield f"image {key} {value}", _with("images", key, value)
    yield "two images of one id", {**SOUND, "images": SOUND["images"] * 2}
    yield "two annotations of one id", {**SOUND, "annotations": SOUND["annotations"] * 2}
    yield "deep", "[" * 100_000 + "]" * 100_000
    yield "a pickle", write_pickle(trap, folder / "pickle").read_bytes()
    yield "no data set", "[]"
    yield "an image of gigabytes", (_sized(HUGE), _png(HUGE, HUGE))
    yield "a line of pixels", (_sized(HUGE), _png(2**31 - 1, 1))
    yield "half an image", (SOUND, _png(40, 30)[:40])


def _with(part: str, key: str, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(SOUND)
    content[part][0][key] = value
    return content


def _sized(side: int) -> dict[str, Any]:
    content = copy.deepcopy(SOUND)
    content["images"][0] |= {"width": side, "height": side}
    return content


def _png(width: int, height: int) -> bytes:
    """A picture of one colour, one bit a pixel, which packs a thousandfold."""
    rows = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    pixels = b"".join(rows.compress(row) for _ in range(min(height, 64))) + rows.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    packed = (struct.pack(">I", len(b)) + t + b + struct.pack(">I", zlib.crc32(t + b)) for t, b in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)

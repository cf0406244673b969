"""Reading an image some rows at a time, and writing a label map so."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdet_kit.files import written_whole
from segdet_kit.images import UnreadableImageError, check_image

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from segdet_kit.results import Pixels

TIFF = (".tif", ".tiff")
DAMAGE = (OSError, ValueError, RuntimeError, EOFError, zlib.error)
"""What tifffile raises for files that are cut or damaged."""
MAX_PART = 100_000_000
"""Pixels that are compressed as a whole, at most: they are in memory at once."""


class Rows:
    """An image of ``height`` and ``width``. ``read`` returns rows ``start`` to ``end``, uint8 (N, W, 3) or
    (N, W, 1), and raises ``UnreadableImageError`` where they are damaged.
    """

    def __init__(self, height: int, width: int, read: Callable[[int, int], Pixels]) -> None:
        self.height, self.width, self.read = height, width, read


@contextmanager
def opened_rows(path: Path) -> Iterator[Rows]:
    """Open an image: of a TIFF only the rows that are read are in memory, of another all of it.

    Raises ``UnreadableImageError`` for what is damaged, and for a TIFF that is no image of 8 bits, grey or
    RGB.
    """
    if path.suffix.lower() not in TIFF:
        pixels = _whole(path)
        yield Rows(pixels.shape[0], pixels.shape[1], lambda start, end: pixels[start:end])
        return
    import tifffile

    try:
        file = tifffile.TiffFile(path)
    except DAMAGE as error:
        raise UnreadableImageError(path, f"damaged: {error}") from error
    with file:
        page: Any = file.pages[0]
        _check(path, page)

        def read(start: int, end: int) -> Pixels:
            try:
                rows = _mapped(path, start, end) if page.is_memmappable else _decoded_rows(page, start, end)
                return rows.reshape(*rows.shape[:2], -1)[..., :3]
            except DAMAGE as error:
                raise UnreadableImageError(path, f"damaged in rows {start} to {end}: {error}") from error

        yield Rows(page.imagelength, page.imagewidth, read)


def _whole(path: Path) -> Pixels:
    import numpy as np
    from PIL import Image, ImageOps

    check_image(path)
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def _check(path: Path, page: Any) -> None:
    kind = page.photometric.name.lower()
    orientation = page.tags.get("Orientation")
    faults = {
        f"its pixels are {page.dtype}": page.dtype != "uint8",
        f"it is {kind}": kind not in ("minisblack", "rgb", "ycbcr"),
        "its channels lie apart": page.planarconfig != 1,
        f"it has {page.samplesperpixel} channels": page.samplesperpixel not in (1, 3, 4),
        "it is to be turned": orientation is not None and orientation.value != 1,
    }
    if found := [fault for fault, there in faults.items() if there]:
        raise UnreadableImageError(path, f"{found[0]}: of TIFFs, grey or RGB of 8 bits is read by rows")
    tall, wide = _part(page)
    if not page.is_memmappable and tall * wide > MAX_PART:
        raise UnreadableImageError(
            path, f"it is compressed in parts of {tall} x {wide} pixels: write it in tiles"
        )


def _mapped(path: Path, start: int, end: int) -> Pixels:
    import numpy as np
    import tifffile

    # Mapped anew each time, so that what was read does not stay in this process's memory.
    return np.array(tifffile.memmap(path, page=0, mode="r")[start:end])


def _decoded_rows(page: Any, start: int, end: int) -> Pixels:
    """Decode those strips or tiles of a page that hold any of the rows."""
    import numpy as np

    rows = np.zeros((end - start, page.imagewidth, page.samplesperpixel), np.uint8)
    tall, wide = _part(page)
    across = -(-page.imagewidth // wide)
    chosen = range(start // tall * across, -(-end // tall) * across)
    segments = page.parent.filehandle.read_segments(
        [page.dataoffsets[index] for index in chosen],
        [page.databytecounts[index] for index in chosen],
        indices=list(chosen),
    )
    for data, index in segments:
        part, (_, _, top, left, _), _ = page.decode(data, index, jpegtables=page.jpegtables)
        if part is None:
            raise ValueError(f"part {index} is missing")
        inner = part[0, max(start - top, 0) : end - top, : page.imagewidth - left]
        first = max(top - start, 0)
        rows[first : first + len(inner), left : left + inner.shape[1]] = inner
    return rows


def _part(page: Any) -> tuple[int, int]:
    """Return height and width of what is compressed as a whole: a tile or a strip."""
    if page.is_tiled:
        return page.tilelength, page.tilewidth
    return min(page.rowsperstrip, page.imagelength), page.imagewidth


@contextmanager
def written_rows(
    path: Path, height: int, width: int, dtype: npt.DTypeLike
) -> Iterator[Callable[[int, npt.NDArray[np.unsignedinteger]], None]]:
    """Give a function that writes rows (N, W) of a grey TIFF, the first of which is given. The file is there
    when all are.
    """
    import tifffile

    with written_whole(path) as aside:
        tifffile.imwrite(aside, shape=(height, width), dtype=dtype, photometric="minisblack")

        def write(start: int, rows: npt.NDArray[np.unsignedinteger]) -> None:
            # As above, of what was written.
            tifffile.memmap(aside, mode="r+")[start : start + len(rows)] = rows

        yield write

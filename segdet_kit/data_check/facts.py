"""What is true of one image file: its size, its state, and a digest of what it shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from PIL import Image, UnidentifiedImageError

from segdet_kit.images import MAX_PIXELS

ORIENTATION = 0x0112
"""The EXIF tag that tells how a picture is to be turned for display."""
TURNED = (5, 6, 7, 8)
"""Its values that exchange width and height."""


@dataclass(frozen=True)
class Facts:
    """What an image file's header and pixels say.

    ``width``, ``height``: as stored, 0 where there is no header. ``orientation``: EXIF's, 1 to 8.
    ``problem``: empty where all is well; a ``bomb`` claims more than ``MAX_PIXELS`` and is not decoded.
    ``content``: SHA-256 of the decoded pixels. ``channels``: and, for a label map of one channel,
    ``values``: how many pixels have each.
    """

    width: int = 0
    height: int = 0
    orientation: int = 1
    channels: int = 0
    problem: Literal["", "unreadable", "truncated", "bomb"] = ""
    reason: str = ""
    content: str = ""
    values: dict[int, int] = field(default_factory=dict)

    @property
    def loaded_size(self) -> tuple[int, int]:
        """Width and height after OpenCV has turned the picture as its EXIF says."""
        return (self.height, self.width) if self.orientation in TURNED else (self.width, self.height)


class Examiner(Protocol):
    """A data set whose images are parts of files: slices of a volume. It tells of them itself."""

    def file_of(self, path: str) -> str:
        """Return the file that an image or label map of a sample is a part of."""

    def examine(self, path: str, labels: bool) -> Facts:
        """Tell of an image, or of a label map, what ``examine`` tells of a file."""


def examine(path: str, labels: bool) -> Facts:
    """Read a file's header, and its pixels unless they are too many. ``labels``: count its values too.

    Whatever is wrong with it is a ``problem``. Warnings of Pillow's are the caller's to silence.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                return _bomb(width, height)
            orientation = image.getexif().get(ORIENTATION, 1)
            header = (width, height, orientation if orientation in range(1, 9) else 1, len(image.getbands()))
            try:
                image.load()
            except (OSError, SyntaxError, ValueError, EOFError) as error:  # as Pillow's decoders raise
                return Facts(*header, problem="truncated", reason=str(error))
            digest = hashlib.sha256(f"{image.mode} {image.size}".encode())
            digest.update(image.tobytes())
            return Facts(*header, content=digest.hexdigest(), values=_values(image) if labels else {})
    except Image.DecompressionBombError:
        return _bomb(0, 0)
    except UnidentifiedImageError:
        return _read_by_opencv(path)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        return Facts(problem="unreadable", reason=str(error))


def _bomb(width: int, height: int) -> Facts:
    claim = f"{width}x{height}" if width else "even more"
    return Facts(width, height, problem="bomb", reason=f"{claim}, above {MAX_PIXELS // 10**6} megapixels")


def _values(image: Image.Image) -> dict[int, int]:
    """Count a label map's values as mmseg reads them: palette indices, not colours."""
    if len(image.getbands()) != 1:
        return {}
    if image.mode == "1":
        counts = image.histogram()
        return {value: count for value, count in ((0, counts[0]), (1, counts[255])) if count}
    if image.mode not in ("L", "P"):
        image = image.convert("I")
    found: list[tuple[int, int]] = image.getcolors(image.width * image.height) or []  # type: ignore[assignment]
    return {value: count for count, value in found}


def _read_by_opencv(path: str) -> Facts:
    """Formats that Pillow does not know and OpenCV does are nobody's fault: they are not looked into."""
    import cv2

    if cv2.haveImageReader(path):
        return Facts()
    size = Path(path).stat().st_size
    return Facts(problem="unreadable", reason="not an image" if size else "an empty file")

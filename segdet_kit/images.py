"""Finding the images that a user means, naming what is written for each, and refusing broken ones."""

from __future__ import annotations

import glob
import itertools
import os
import warnings
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdet_kit.errors import KitError

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
MAX_PIXELS = 100_000_000
"""An image that claims more is taken for a decompression bomb: a small file that fills the memory."""


class UnreadableImageError(KitError):
    """One image that cannot be used; the others can. ``reason`` says why, without its path."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Outputs:
    """The files that are written for one image. ``labels`` is for semantic segmentation only."""

    json: Path
    overlay: Path
    labels: Path

    @classmethod
    def named(cls, stem: Path) -> Outputs:
        """Return ``STEM.json``, ``STEM.png`` and ``STEM.labels.png``; the stem may contain dots."""
        return cls(*(stem.with_name(stem.name + end) for end in (".json", ".png", ".labels.png")))

    @property
    def files(self) -> set[Path]:
        """All three."""
        return {self.json, self.overlay, self.labels}


def find_images(
    inputs: Iterable[str], out: Path, suffixes: Collection[str] = SUFFIXES
) -> tuple[list[Path], list[UnreadableImageError]]:
    """Return the images that files, folders and globs name, each once, and the inputs that name none.

    A folder is searched with its sub-folders, without ``out``, for files of these suffixes, in the
    order of their names. A file that is named itself may be called anything.
    """
    images: dict[Path, Path] = {}  # absolute to as given
    missing: list[UnreadableImageError] = []
    for text in inputs:
        path = Path(text)
        if path.is_dir():
            found = _below(path, out, tuple(suffixes))
            reason = f"a folder without images ({', '.join(sorted(suffixes))})"
        elif path.is_file():
            found, reason = [path], ""
        elif glob.has_magic(text):
            matches = sorted(Path(match) for match in glob.glob(text, recursive=True))  # noqa: PTH207
            found, reason = [match for match in matches if match.is_file()], "matches no file"
        else:
            found, reason = [], "no such file"
        if not found:
            missing.append(UnreadableImageError(path, reason))
        for image in found:
            images.setdefault(Path(os.path.abspath(image)), image)  # noqa: PTH100 - links keep their names
    return list(images.values()), missing


def name_outputs(images: Sequence[Path], out: Path, suffixes: Collection[str] = ()) -> list[Outputs]:
    """Return what to write for each image: in ``out``, called like the image without its suffix, which may
    have several parts if it is one of ``suffixes``.

    Where those files exist for another image (``a.jpg`` and ``a.png``) the suffix stays. If images of
    several folders share a name, all lie below ``out`` as they lie below their common folder. Raises
    ``KitError`` if an image itself would be overwritten.
    """
    absolute = [Path(os.path.abspath(image)) for image in images]  # noqa: PTH100
    common = Path(os.path.commonpath([image.parent for image in absolute]))
    distinct = len({image.name for image in absolute}) == len(absolute)
    taken: set[Path] = set()
    named = []
    for image in absolute:
        place = out if distinct else out / image.parent.relative_to(common)
        numbered = (f"{image.name}-{number}" for number in itertools.count(2))
        stems = itertools.chain([_stem(image, suffixes), image.name], numbered)
        outputs = next(o for stem in stems if not taken & (o := Outputs.named(place / stem)).files)
        taken |= outputs.files
        named.append(outputs)
    inputs = {image.resolve() for image in absolute}
    if lost := sorted(str(file) for file in taken if file.resolve() in inputs):
        raise KitError(f"--out {out} would overwrite the image {lost[0]}", "name another folder")
    return named


def check_header(path: Path) -> None:
    """Raise ``UnreadableImageError`` if an image's header claims too many pixels; decode nothing.

    A file that Pillow does not know is left to whoever decodes it.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path) as image:
                pixels = image.width * image.height
        except Image.DecompressionBombError:
            pixels = MAX_PIXELS + 1
        except (OSError, SyntaxError, ValueError, EOFError):  # as Pillow's decoders raise
            return
    if pixels > MAX_PIXELS:
        raise UnreadableImageError(path, f"its header claims more than {MAX_PIXELS // 10**6} megapixels")


def check_image(path: Path) -> None:
    """Decode an image; raise ``UnreadableImageError`` if it is none, is damaged or claims too many pixels.

    OpenCV, which loads images for the models, returns a truncated JPEG with grey in place of the rest.
    """
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's warnings of odd metadata; pixels that lack are errors
        try:
            with Image.open(path) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                image.draft(None, (1, 1))  # a JPEG is read to its end, but the least pixels are made of it
                image.load()
        except Image.DecompressionBombError:
            limit = f"{MAX_PIXELS // 10**6} megapixels"
            raise UnreadableImageError(path, f"its header claims more than {limit}") from None
        except UnidentifiedImageError:
            raise UnreadableImageError(path, "not an image") from None
        except (OSError, SyntaxError, ValueError, EOFError) as error:  # as Pillow's decoders raise
            raise UnreadableImageError(path, f"damaged: {error}") from error


def _stem(path: Path, suffixes: Collection[str]) -> str:
    ending = max(
        (each for each in suffixes if path.name.lower().endswith(each)), key=len, default=path.suffix
    )
    return path.name[: len(path.name) - len(ending)] or path.name


def _below(folder: Path, out: Path, suffixes: tuple[str, ...]) -> list[Path]:
    own, results = folder.resolve(), out.resolve()
    skipped = results if results != own and results.is_relative_to(own) else None
    return sorted(
        path
        for path in folder.rglob("*")
        if path.name.lower().endswith(suffixes)
        and path.is_file()
        and not (skipped and path.resolve().is_relative_to(skipped))
    )

"""From what stands on the command line to images, and to streams with the readers that understand them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from segdet_kit.catalog import installed
from segdet_kit.components import Reader
from segdet_kit.errors import KitError
from segdet_kit.images import SUFFIXES, UnreadableImageError, find_images
from segdet_kit.plugins import DISABLED_VARIABLE
from segdet_kit.reading.contract import Frame, Read, Track, Write

PREFIX = re.compile(r"[a-z][a-z0-9-]+:")


@dataclass(frozen=True)
class Stream:
    """An input of many frames. ``text``: as the user wrote it; ``address``: what its reader is given."""

    text: str
    address: str
    reader: Reader
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The path that results are named after: the file's, or the address's letters and digits."""
        if self.text == self.address:
            return Path(self.text)
        return Path(re.sub(r"\W+", "-", self.text).strip("-"))

    def check(self, *, tracked: bool) -> None:
        """Import what will be used. Raises ``KitError`` for arguments that the reader does not take."""
        signature = inspect.signature(self._read)
        try:
            signature.bind(self.address, **self._arguments)
        except TypeError as error:
            _, *taken = signature.parameters
            raise KitError(
                f"reader {self.reader.name!r}: {error}",
                f"--read takes of it: {', '.join(taken) or 'nothing'}",
            ) from error
        if tracked:
            self.tracker()

    def frames(self) -> Generator[Frame, None, None]:
        """Yield the frames, and close the reader. Raises ``UnreadableImageError`` where it cannot go on, and
        for a stream without frames.
        """
        number = 0
        try:
            with closing(self._read(self.address, **self._arguments)) as frames:
                for number, frame in enumerate(frames, start=1):  # noqa: B007 - read below
                    yield frame
        except KitError as error:
            reason = error.message.removeprefix(f"{self.address}: ")
            raise UnreadableImageError(Path(self.text), reason) from error
        if not number:
            raise UnreadableImageError(Path(self.text), "it holds no frame")

    def writer(self) -> Write | None:
        """Return what writes results back, if the reader has it."""
        return cast(Write, _imported(self.reader.writer)) if self.reader.writer else None

    def tracker(self) -> Track:
        """Return what tracks objects. Raises ``KitError`` if the reader has nothing that does."""
        if not self.reader.tracker:
            able = sorted(each.name for each in _readers() if each.tracker)
            raise KitError(
                f"reader {self.reader.name!r}, which reads {self.text}, tracks no objects",
                f"leave out --track; readers that do: {', '.join(able) or 'none is installed'}",
            )
        return cast(Track, _imported(self.reader.tracker))

    @property
    def _read(self) -> Read:
        return cast(Read, _imported(self.reader.target))

    @property
    def _arguments(self) -> dict[str, Any]:
        return {**self.reader.defaults, **self.arguments}


def find_inputs(
    inputs: Iterable[str], out: Path, arguments: Mapping[str, Any]
) -> tuple[list[Path], list[Stream], list[UnreadableImageError]]:
    """Return the images and the streams that are named, each once, and the inputs that name none.

    ``inputs``: files, folders and globs, as ``find_images`` takes them, and addresses such as ``camera:0``.
    ``arguments``: for the readers of the streams. Raises ``KitError`` where several readers take one.
    """
    named, streams = [], []
    faults: list[UnreadableImageError] = []
    for text in dict.fromkeys(inputs):
        prefix = PREFIX.match(text)
        if not prefix or Path(text).exists():
            named.append(text)
        elif reader := _only([each for each in _readers() if prefix[0] in each.prefixes], text):
            streams.append(Stream(text, text[prefix.end() :], reader, arguments))
        else:
            faults.append(UnreadableImageError(Path(text), f"no installed reader takes {prefix[0]}"))
    endings = {suffix for reader in _readers() for suffix in reader.suffixes}
    files, missing = find_images(named, out, SUFFIXES | endings)
    images = []
    for path in files:
        fitting = [each for each in _readers() if path.name.lower().endswith(each.suffixes)]
        if path.suffix.lower() not in SUFFIXES and (reader := _only(fitting, str(path))):
            streams.append(Stream(str(path), str(path), reader, arguments))
        else:
            images.append(path)
    return images, streams, faults + missing


def _readers() -> list[Reader]:
    return [each for each in installed().components("reader") if isinstance(each, Reader)]


def _only(fitting: list[Reader], text: str) -> Reader | None:
    if len(fitting) > 1:
        names = ", ".join(each.name for each in fitting)
        raise KitError(f"several readers take {text}: {names}", f"disable a plugin: {DISABLED_VARIABLE}=NAME")
    return fitting[0] if fitting else None


def _imported(target: str) -> object:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)

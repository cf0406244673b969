"""What the tools share that disturb sealing, opening and pushing: each, and what may be left of it."""

from __future__ import annotations

import os
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from segdet_kit.bundle.disk import STAGING
from segdet_kit.bundle.opening import Identity, open_into, opened
from segdet_kit.bundle.sealing import first_edition, seal
from segdet_kit.keys.public import of_signer, parse
from segdet_kit.keys.trust import Trust

MEMBER = "weights.safetensors"


class World:
    """One who seals and one who opens, some weights, and a bundle of them, all in ``folder``."""

    def __init__(self, folder: Path) -> None:
        secret, self.signer = pyrage.x25519.Identity.generate(), generate_private_key(SECP256R1())
        self.identity = Identity(parse(str(secret.to_public()), "new"), secret)
        self.trust = Trust((of_signer(self.signer.public_key()),), 1)
        self.mark = secrets.token_bytes(64)
        self.content = self.mark * (3 << 14)
        self.weights, self.bundle = folder / "weights", folder / "bundle.age"
        self.weights.write_bytes(self.content)
        self.seal(self.bundle)

    def seal(self, target: Path) -> None:
        """Seal the weights."""
        seal({MEMBER: self.weights}, first_edition(None), [self.identity.public], [self.signer], target)

    def opens(self, bundle: Path) -> bool:
        """Tell whether a bundle is whole."""
        with opened(bundle, [self.identity], self.trust) as found:
            return found.content(MEMBER) == self.content

    def plain(self, folder: Path) -> list[Path]:
        """Return the files below a folder that hold some of the weights."""
        return [path for path in folder.rglob("*") if path.is_file() and self.mark in path.read_bytes()]


class Work(ABC):
    """Something that is done with a bundle again and again. ``folder``: where the results appear.

    ``staged``: how many folders of plain files waited there for the next opening.
    """

    staged = 0

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        folder.mkdir()

    @abstractmethod
    def run(self, number: int) -> None:
        """Do it, into a place of this number."""

    @abstractmethod
    def faults(self) -> Iterator[str]:
        """Tell of each thing that a run which did not end left, and should not have."""

    def clear(self) -> None:
        """Let the next one begin in an empty folder."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()


class Seal(Work):
    """Bundles are whole or not there, and nothing else is."""

    def run(self, number: int) -> None:
        """Seal the weights."""
        self.world.seal(self.folder / f"{number}.age")

    def faults(self) -> Iterator[str]:
        """Look at all that there is."""
        yield from (f"plain {path.name}" for path in self.world.plain(self.folder))
        for path in self.folder.iterdir():
            if path.suffix != ".age" or not self.world.opens(path):
                yield f"partial {path.name}"


class Open(Work):
    """Folders are whole or not there, and nothing else is once the next bundle was opened beside them."""

    def run(self, number: int) -> None:
        """Open the bundle into a folder."""
        open_into(self.world.bundle, self.folder / str(number), [self.world.identity], self.world.trust)

    def faults(self) -> Iterator[str]:
        """Open another, and look at all that there is."""
        self.staged += len(list(self.folder.glob(f"{STAGING}*")))
        self.run(-1)
        for path in self.folder.iterdir():
            found = {each.name: each.read_bytes() for each in path.iterdir()}
            if path.name.startswith(STAGING) or found != {MEMBER: self.world.content}:
                yield f"partial {path.name}"


class OpenInMemory(Work):
    """There is nothing, at no time."""

    def run(self, number: int) -> None:
        """Open the bundle for a moment."""
        assert self.world.opens(self.world.bundle)

    def faults(self) -> Iterator[str]:
        """Look at all that there is."""
        yield from (f"left {path.name}" for path in self.folder.iterdir())


class Push(Work):
    """Files under their names are the bundle, and a second push gets there."""

    def __init__(self, world: World, folder: Path, transport: Any, base: str) -> None:
        super().__init__(world, folder)
        self.transport, self.base = transport, base

    def run(self, number: int) -> None:
        """Push the bundle."""
        self.transport.push(self.world.bundle, f"{self.base}/{number}.sdk", lambda done, total: None)

    def faults(self) -> Iterator[str]:
        """Look at all that there is, and push each that was begun once more."""
        yield from (f"plain {path.name}" for path in self.world.plain(self.folder))
        sealed = self.world.bundle.read_bytes()
        for path in self.folder.glob("[0-9]*.sdk"):
            if path.read_bytes() != sealed:
                yield f"partial {path.name}"
        last = len(list(self.folder.glob("[0-9]*.sdk")))
        for number in {max(last - 1, 0), last}:
            self.run(number)
            if (self.folder / f"{number}.sdk").read_bytes() != sealed:
                yield f"unfinished {number}.sdk"


def isolated(folder: Path) -> World:
    """Return a world in a folder, which has the process's state and its temporary files too."""
    for variable, name in (("XDG_STATE_HOME", "state"), ("TMPDIR", "temporary")):
        (folder / name).mkdir()
        os.environ[variable] = str(folder / name)
    return World(folder)

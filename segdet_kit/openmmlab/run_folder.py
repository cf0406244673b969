"""The folder of a run: what was asked for, what it was made of, what was measured, and the weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segdet_kit.errors import KitError
from segdet_kit.files import written_whole
from segdet_kit.openmmlab.manifest import now


@dataclass(frozen=True)
class RunFolder:
    """Names of the files in a run folder, and how it begins."""

    path: Path

    @property
    def recipe(self) -> Path:
        """What was asked for."""
        return self.path / "recipe.py"

    @property
    def config(self) -> Path:
        """The assembled config, which stock OpenMMLab runs too."""
        return self.path / "config.py"

    @property
    def manifest(self) -> Path:
        """Versions, seed, data and git state."""
        return self.path / "manifest.json"

    @property
    def metrics(self) -> Path:
        """A line of JSON for each time something was measured."""
        return self.path / "metrics.jsonl"

    @property
    def curves(self) -> Path:
        """The metrics as a picture."""
        return self.path / "curves.png"

    @property
    def last(self) -> Path:
        """The checkpoint a run is resumed from."""
        return self.path / "last.pth"

    @property
    def best(self) -> Path:
        """The checkpoint of the best validation."""
        return self.path / "best.pth"

    @property
    def logs(self) -> Path:
        """mmengine's own log files."""
        return self.path / "logs"

    def check(self, *, resume: bool) -> None:
        """Raise ``KitError`` where a run would overwrite another, or has none to go on with."""
        if resume and not self.config.exists():
            raise KitError(f"there is no run to resume in {self.path}", "start it without --resume")
        if not resume and self.config.exists():
            raise KitError(
                f"{self.path} holds a run already",
                f"go on with it: segdet-kit train {self.path} --resume; or start elsewhere: --work-dir",
            )

    @contextmanager
    def unless_begun(self) -> Iterator[None]:
        """Remove the folder again where a failure came before the run began."""
        existed = self.path.exists()
        try:
            yield
        except BaseException:
            if not existed and not self.config.exists():
                shutil.rmtree(self.path, ignore_errors=True)
            raise

    @contextmanager
    def chatter(self) -> Iterator[None]:
        """Send to a file what the stack prints meanwhile: stdout is for results."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / "stdout.txt").open("a", encoding="utf-8") as file, redirect_stdout(file):
            yield

    def write(self, path: Path, text: str) -> None:
        """Write one of the folder's text files, whole or not at all."""
        with written_whole(path) as aside:
            aside.write_text(text, encoding="utf-8")

    def begin(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest of a run that starts."""
        self.write(self.manifest, json.dumps(manifest, indent=2) + "\n")

    def note_resumed(self) -> None:
        """Add to the manifest that the run went on."""
        manifest = json.loads(self.manifest.read_text(encoding="utf-8"))
        manifest.setdefault("resumed", []).append(now())
        self.begin(manifest)

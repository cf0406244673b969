"""A folder in which an attack that works leaves a mark, and does nothing else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Trap:
    """What attacks can use: programs and files that make a folder called ``ran``."""

    folder: Path

    @classmethod
    def laid(cls, folder: Path) -> Trap:
        """Write all of it into an empty folder."""
        folder.mkdir(parents=True, exist_ok=True)
        trap = cls(folder)
        code = f"import os\nos.makedirs({str(trap.mark)!r}, exist_ok=True)\n"
        for name in ("evil.py", "evilmod/__init__.py", "evilmod/registry.py", "hubconf.py"):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(code + "class Thing:\n    def __init__(self, **_):\n        pass\n")
        (folder / "base.py").write_text(code + "model = dict(type='RTMDet')\n")
        return trap

    @property
    def mark(self) -> Path:
        """What is there after code ran."""
        return self.folder / "ran"

    @property
    def shell(self) -> str:
        """A command for a shell."""
        return f"mkdir -p {self.mark}"

    @property
    def python(self) -> str:
        """An expression."""
        return f"__import__('os').makedirs({str(self.mark)!r}, exist_ok=True)"

    def sprung(self) -> bool:
        """Tell whether code ran, and take the mark away."""
        ran = self.mark.exists() or self.mark.is_symlink()
        if ran:
            shutil.rmtree(
                self.mark
            ) if self.mark.is_dir() and not self.mark.is_symlink() else self.mark.unlink()
        return ran

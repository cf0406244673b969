"""What a run was made of: enough to tell later whether two runs could have given the same."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

STACK = ("segdet_kit", "torch", "torchvision", "numpy", "mmengine", "mmcv", "mmdet", "mmseg")
"""What a run imports; other distributions than the kit asks for may own these names."""


def describe(
    dataset: Any, *, seed: int, device: str, processes: int, plugins: Mapping[str, str]
) -> dict[str, Any]:
    """Return the manifest of a run that starts now.

    ``dataset``: the training split. ``plugins``: distributions that provided components, with versions.
    """
    return {
        "started": now(),
        "command": sys.argv,
        "seed": seed,
        "device": device,
        "processes": processes,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": packages(),
        "plugins": dict(plugins),
        "data": {"images": len(dataset), "fingerprint": fingerprint(dataset)},
        "git": git_state(Path.cwd()),
    }


def packages() -> dict[str, str]:
    """Return the distributions that own the import names of the stack, with their versions."""
    owners = packages_distributions()
    return {name: version(name) for module in STACK for name in sorted(set(owners.get(module, ())))}


def now() -> str:
    """Return the time in UTC, to the second, as ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def fingerprint(dataset: Any) -> str:
    """Return a SHA-256 over a data set: equal for equal data wherever it is stored.

    It covers the record of every sample, labels included, in which a file is told by its path below
    the files' common folder and by its size. Pixels are not read.
    """
    records = [dataset.get_data_info(index) for index in range(len(dataset))]
    files = {text for record in records for text in _texts(record) if os.path.isfile(text)}  # noqa: PTH113
    common = os.path.commonpath(map(os.path.dirname, map(os.path.abspath, files))) if files else ""

    def portable(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(key): portable(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [portable(item) for item in value]
        if isinstance(value, (str, os.PathLike)) and str(value) in files:
            path = Path(value).absolute()
            return [path.relative_to(common).as_posix(), path.stat().st_size]
        return value.tolist() if hasattr(value, "tolist") else value

    digest = hashlib.sha256()
    for line in sorted(json.dumps(portable(record), sort_keys=True, default=repr) for record in records):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return commit and whether files were changed since, or None outside of a git repository."""
    git = shutil.which("git")
    if git is None:
        return None

    def ask(*arguments: str) -> str | None:
        done = subprocess.run([git, *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
        return done.stdout.strip() if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    return None if commit is None else {"commit": commit, "dirty": bool(ask("status", "--porcelain"))}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (str, os.PathLike)):
        yield str(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)

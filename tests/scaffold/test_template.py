"""Templates are part of what is installed, and a long import is broken over lines."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import segdet_kit
from segdet_kit.scaffold.template import import_line

KIT = Path(segdet_kit.__file__).parent
PIP_WHEEL = ("pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")


def test_the_wheel_of_the_kit_holds_every_template(tmp_path: Path) -> None:
    templates = [path.relative_to(KIT.parent) for path in (KIT / "scaffold").rglob("*.tmpl")]
    assert templates
    source = tmp_path / "source"
    shutil.copytree(KIT, source / "segdet_kit", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(KIT.parent / name, source)
    done = subprocess.run(
        [sys.executable, "-m", *PIP_WHEEL, "--wheel-dir", str(tmp_path), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert {path.as_posix() for path in templates} <= held


def test_an_import_takes_a_line_or_a_line_for_each_name() -> None:
    assert import_line("kit", ["Head", "hookimpl"]) == "from kit import Head, hookimpl"
    names = [f"AnExceedinglyLongName{number}" for number in range(4)]
    assert import_line("kit", names).splitlines() == [
        "from kit import (",
        *(f"    {name}," for name in names),
        ")",
    ]

"""Import names that no distribution owns, that the wrong one owns, or that two own at once.

Two distributions with one import name unpack into one folder: whichever came last wins file by
file, and uninstalling either tears holes into the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib.util import find_spec

from segdet_kit.diagnosis.finding import Finding
from segdet_kit.diagnosis.stack import STACK, Owners

TRAPS = {
    "mmseg": "a Chinese word segmenter, not MMSegmentation",
    "mmcv-full": "mmcv 1, which today's mmdet and mmseg refuse",
    "mmcv-lite": "mmcv without its operators",
}


def ownership_findings(owners: Owners, imported: Collection[str]) -> list[Finding]:
    """Judge who owns each import name of the stack. ``imported``: the modules that imported well."""
    findings = [_of(name, sorted(owners[name])) for name in STACK if name != "cv2" or not owners[name]]
    twins = _opencv_twins(owners["cv2"].values(), sorted(owners["cv2"])) if "cv2" in imported else None
    return [finding for finding in (*findings, twins) if finding is not None]


def replace_command(owned: Iterable[str], wanted: str) -> str:
    """Return the command that removes all owners of an import name and installs the right one."""
    names = " ".join(sorted(owned))
    return f"pip uninstall -y {names} && pip install {wanted}" if names else f"pip install {wanted}"


def _of(name: str, owned: list[str]) -> Finding | None:
    wanted = STACK[name]
    fix = replace_command(owned, wanted)
    traps = "".join(f" ({owner} is {TRAPS[owner]})" for owner in owned if owner in TRAPS)
    if not owned and find_spec(name) is None:
        return Finding("not-installed", "error", f"{wanted} is not installed", fix)
    if len(owned) > 1:
        message = f"{len(owned)} distributions own the import name {name!r}: {', '.join(owned)}{traps}"
        return Finding("two-owners", "error", message, fix)
    if owned and owned != [wanted]:
        message = f"{name!r} comes from {owned[0]}, not from {wanted}{traps}"
        return Finding("wrong-owner", "error", message, fix)
    return None


def _opencv_twins(versions: Collection[str], owned: list[str]) -> Finding | None:
    """OpenMMLab pulls opencv-python, other packages its headless twin: most installations have both."""
    message = f"{len(owned)} distributions own the import name 'cv2': {', '.join(owned)}"
    if len(owned) < 2:
        return None
    if len(set(versions)) > 1:
        fix = replace_command(owned, "opencv-python-headless")
        return Finding("two-owners", "warning", f"{message}, in different versions", fix)
    return Finding("opencv-twins", "note", f"{message}; harmless: they are of one version, and cv2 imports")

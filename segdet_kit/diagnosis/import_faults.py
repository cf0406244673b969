"""The known causes of failing imports, told by their errors, and the command against each."""

from __future__ import annotations

import re

from segdet_kit.diagnosis.finding import Finding
from segdet_kit.diagnosis.imports import ImportFailure, Imports
from segdet_kit.diagnosis.ownership import replace_command
from segdet_kit.diagnosis.stack import STACK, Owners

SYSTEM_LIBRARY = re.compile(r"lib[\w.+-]+: cannot open shared object file")
NUMPY_ABI = re.compile(
    r"numpy\.core\.(multiarray|umath) failed to import|_ARRAY_API not found|numpy\.dtype size changed"
    r"|compiled using NumPy 1"
)


def import_findings(imports: Imports, owners: Owners) -> list[Finding]:
    """Explain the failed imports, but for what torchvision and torch have between them.

    A package that is missing altogether is left to its ownership's check.
    """
    return [
        _explain(failure, imports.provider, owners)
        for failure in imports.failures
        if not failure.between_torch_and_torchvision
        if owners[failure.package] or failure.missing != failure.package
    ]


def _explain(failure: ImportFailure, provider: str | None, owners: Owners) -> Finding:
    package = failure.package
    distribution = next(iter(owners[package]), STACK[package])
    if package == "cv2" and SYSTEM_LIBRARY.search(failure.text):
        return Finding(
            "libgl-missing",
            "error",
            f"cv2 needs a system library that is not there ({failure.text}): take the build that needs none, "
            "or install it by: apt-get install libgl1 libglib2.0-0",
            replace_command(owners["cv2"], "opencv-python-headless"),
        )
    if failure.error == "AssertionError" and package in ("mmdet", "mmseg"):
        message = f"{package} refuses the versions it finds: {failure.text}"
        return Finding("version-assertion", "error", message, _replace_both(package, "mmcv", owners))
    if NUMPY_ABI.search(failure.text):
        message = f"{failure.module} was built for another numpy: {failure.text}"
        return Finding("numpy-abi", "error", message, f"pip install --upgrade {distribution}")
    if failure.module == "mmcv.ops" and provider == "compiled":
        message = f"mmcv's compiled operators do not fit this torch: {failure.cause}"
        # without the cache, which holds the very wheel that was compiled for the other torch
        fix = f"pip install --force-reinstall --no-deps --no-cache-dir {STACK['mmcv']}"
        return Finding("stale-operators", "error", message, fix)
    missing = (failure.missing or package).partition(".")[0]
    if missing != package:
        message = f"{failure.module} needs the module {missing!r}, which is not installed"
        return Finding("missing-module", "error", message, f"pip install {STACK.get(missing, distribution)}")
    message = f"{failure.module} cannot be used: {failure.cause}"
    if package == "cv2":  # whose files more than one distribution may have written
        return Finding("import-failed", "error", message, replace_command(owners["cv2"], STACK["cv2"]))
    fix = f"pip install --force-reinstall --no-deps {distribution}"
    return Finding("import-failed", "error", message, fix)


def _replace_both(package: str, other: str, owners: Owners) -> str:
    """Return the command that takes both packages from their distributions, at versions that agree."""
    foreign = sorted({owner for name in (package, other) for owner in owners[name] if owner != STACK[name]})
    removal = f"pip uninstall -y {' '.join(foreign)} && " if foreign else ""
    return f"{removal}pip install --upgrade --force-reinstall --no-deps {STACK[other]} {STACK[package]}"

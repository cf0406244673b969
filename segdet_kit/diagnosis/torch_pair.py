"""torch and torchvision are built for each other: torchvision 0.N belongs to torch 2.(N - 15)."""

from __future__ import annotations

from segdet_kit.diagnosis.finding import Finding
from segdet_kit.diagnosis.imports import Imports
from segdet_kit.diagnosis.stack import Owners
from segdet_kit.diagnosis.versions import release

OFFSET = 15  # torchvision 0.15 came with torch 2.0, and both have counted up together since


def torch_pair_findings(imports: Imports, owners: Owners) -> list[Finding]:
    """Judge torch and torchvision by their versions, and by whether torchvision's NMS ran.

    Versions that do not belong together are an error when torchvision failed, and else a warning.
    """
    torch, torchvision = owners["torch"].get("torch"), owners["torchvision"].get("torchvision")
    if torch is None or torchvision is None:
        return []
    failure = next((f for f in imports.failures if f.between_torch_and_torchvision), None)
    cause = f": {failure.cause}" if failure else ""
    wanted = torchvision_of(torch)
    if wanted is not None and release(torchvision)[:2] != release(wanted):
        message = f"torch {torch} goes with torchvision {wanted}, and {torchvision} is installed{cause}"
        fix = f'pip install "torchvision=={wanted}.*"'
        return [Finding("torch-torchvision", "error" if failure else "warning", message, fix)]
    if failure:
        # They belong together, and one of them is built for CUDA alone: take both from one index.
        message = f"torchvision {torchvision} does not work with torch {torch}{cause}"
        fix = f'pip install --force-reinstall "torch=={public(torch)}" "torchvision=={public(torchvision)}"'
        return [Finding("torch-torchvision", "error", message, fix)]
    return []


def torchvision_of(torch: str) -> str | None:
    """Return the torchvision that belongs to a torch 2, ``"0.21"`` for ``"2.6.0"``, and else ``None``."""
    major, minor = (*release(torch), 0, 0)[:2]
    return f"0.{minor + OFFSET}" if major == 2 else None


def public(version: str) -> str:
    """Return a version without its build: ``"2.6.0"`` for ``"2.6.0+cu124"``."""
    return version.partition("+")[0]

"""Which versions of the kit and of OpenMMLab a distribution says it supports: its ``Requires-Dist``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

KIT = "segdet-kit"
OPENMMLAB = ("onedl-mmengine", "onedl-mmcv", "onedl-mmdetection", "onedl-mmsegmentation")


@dataclass(frozen=True)
class Support:
    """One requirement: ``bounds`` as written, empty for any version, and what is ``installed``."""

    name: str
    bounds: str
    installed: str | None
    admitted: bool


def supported_versions(distribution: Distribution) -> list[Support]:
    """Return what a distribution requires of the kit and of OpenMMLab on this platform."""
    found = []
    for line in distribution.requires or ():
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        if name not in (KIT, *OPENMMLAB):
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        installed = _installed(name)
        admitted = installed is not None and requirement.specifier.contains(installed, prereleases=True)
        found.append(Support(name, str(requirement.specifier), installed, admitted))
    return found


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

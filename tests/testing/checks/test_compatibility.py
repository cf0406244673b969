from __future__ import annotations

from importlib.metadata import Distribution, EntryPoint, PathDistribution, version
from pathlib import Path

import pytest

from segdet_kit.catalog import Catalog
from segdet_kit.plugins import discover
from segdet_kit.testing import CheckFailure
from segdet_kit.testing.checks.compatibility import supported
from segdet_kit.testing.subject import Subject
from segdet_kit.testing.support import supported_versions


def installed(folder: Path, *requires: str) -> Distribution:
    info = folder / "made-1.0.dist-info"
    info.mkdir(parents=True)
    lines = [
        "Metadata-Version: 2.1",
        "Name: made",
        "Version: 1.0",
        *(f"Requires-Dist: {line}" for line in requires),
    ]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    return PathDistribution(info)


def subject(distribution: Distribution) -> Subject:
    point = EntryPoint("made", "made.plugin", "segdet_kit")._for(distribution)
    return Subject(point, Catalog(discover([])))


@pytest.mark.parametrize(
    "requires",
    [
        ["segdet-kit"],
        ["segdet_kit>=0.1,<1", "onedl-mmcv>=2", "timm>99"],
        ["segdet-kit~=0.1", "onedl-mmdetection>99; extra == 'other'"],
    ],
)
def test_a_plugin_that_supports_what_is_installed_passes(tmp_path: Path, requires: list[str]) -> None:
    supported(subject(installed(tmp_path, *requires)))


@pytest.mark.parametrize(
    ("requires", "said"),
    [
        ([], 'made does not say which segdet-kit it supports\nadd "segdet-kit" with its bounds'),
        (["segdet-kit>=9"], "made supports segdet-kit >=9; installed is"),
        (["segdet-kit", "onedl-mmcv<2"], "made supports onedl-mmcv <2; installed is"),
    ],
)
def test_a_plugin_for_other_versions_is_caught(tmp_path: Path, requires: list[str], said: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        supported(subject(installed(tmp_path, *requires)))
    assert said in str(caught.value)


def test_what_is_supported_and_what_is_installed_are_told(tmp_path: Path) -> None:
    (kit, mmcv) = supported_versions(installed(tmp_path, "segdet-kit", "numpy", "onedl-mmcv<2,>=1"))
    assert (kit.name, kit.bounds, kit.installed, kit.admitted) == (
        "segdet-kit",
        "",
        version("segdet-kit"),
        True,
    )
    assert (mmcv.name, mmcv.bounds, mmcv.admitted) == ("onedl-mmcv", "<2,>=1", False)

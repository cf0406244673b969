from __future__ import annotations

import sys
from importlib.metadata import requires

import pytest

from segdet_kit.diagnosis.requirements import KIT, Requirement, requirement_findings, requirements
from tests.fake_site import FakeSite


def test_this_installation_meets_the_kits_requirements() -> None:
    assert requirement_findings() == []


def test_every_requirement_of_the_kit_outside_extras_is_read() -> None:
    lines = [line for line in requires(KIT) or [] if "extra ==" not in line]
    unconditional = [line for line in lines if ";" not in line]
    assert len(unconditional) > 10
    assert [f"{r.name}{r.bounds}" for r in requirements(unconditional)] == unconditional
    assert all("python_version <" in line for line in lines if ";" in line)


def test_a_requirement_of_older_pythons_is_left_out() -> None:
    lines = ['tomli>=2; python_version < "3.1"', 'tomli>=2; python_version < "9"', 'ruff>=1; extra == "test"']
    assert requirements(lines) == [Requirement("tomli", ">=2")]


@pytest.mark.parametrize(
    ("bounds", "version", "admitted"),
    [
        ("", "0.1", True),
        (">=2.6", "2.6.0", True),
        (">=2.6", "2.14.1+cpu", True),
        (">=2.6", "2.5.1", False),
        ("<3,>=2", "2.9", True),
        ("<3,>=2", "3.0.0", False),
        ("!=1.4", "1.4.0", False),
        ("==1.4", "1.4.0", True),
        ("<=1.4,>1.2", "1.2.0", False),
    ],
)
def test_bounds_compare_releases_number_by_number(bounds: str, version: str, admitted: bool) -> None:
    assert Requirement("x", bounds).admits(version) is admitted


def test_a_version_out_of_range_is_an_error_with_the_range_in_its_fix(site: FakeSite) -> None:
    site.distribute("onedl-mmcv", "2.0.0", "mmcv")
    (finding,) = requirement_findings()
    assert (finding.code, finding.severity) == ("wrong-version", "error")
    assert finding.message == "onedl-mmcv 2.0.0 is installed, and segdet-kit needs >=2.3.6"
    assert finding.fix == 'pip install "onedl-mmcv>=2.3.6"'


def test_missing_requirements_are_errors_and_the_stack_is_left_to_its_owners(
    site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = site.folder / "segdet_kit-0.1.0.dist-info"
    info.mkdir()
    lines = "Requires-Dist: absent-package>=2\nRequires-Dist: torch>=2.6\n"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: segdet-kit\nVersion: 0.1.0\n{lines}")
    monkeypatch.setattr(sys, "path", [str(site.folder)])
    (finding,) = requirement_findings()
    assert (finding.code, finding.severity) == ("not-installed", "error")
    assert finding.fix == 'pip install "absent-package>=2"'


def test_a_kit_that_runs_from_its_sources_is_to_be_installed(
    site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(site.folder)])
    (finding,) = requirement_findings()
    assert (finding.code, finding.fix) == ("not-installed", "pip install -e .")
    assert finding.message.startswith("segdet-kit runs from its sources")

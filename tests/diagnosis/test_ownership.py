from __future__ import annotations

import sys

import pytest

from segdet_kit.diagnosis.ownership import ownership_findings
from segdet_kit.diagnosis.stack import STACK, owners
from tests.fake_site import FakeSite

OWNERS = {name: {distribution: "1.0"} for name, distribution in STACK.items()}
TWINS = {"opencv-python": "4.12.0.88", "opencv-python-headless": "4.12.0.88"}


def test_the_real_owners_of_this_installation_are_right(site: FakeSite) -> None:
    assert [f for f in ownership_findings(owners(), []) if f.severity == "error"] == []


@pytest.mark.parametrize("rival", ["mmcv", "mmcv-full", "mmcv-lite"])
def test_mmcv_beside_onedl_mmcv_is_an_error(site: FakeSite, rival: str) -> None:
    site.distribute(rival, "2.2.0", "mmcv")
    (finding,) = ownership_findings(owners(), [])
    assert (finding.code, finding.severity) == ("two-owners", "error")
    assert finding.message.startswith(
        f"2 distributions own the import name 'mmcv': {', '.join(sorted([rival, 'onedl-mmcv']))}"
    )
    assert finding.fix == (
        f"pip uninstall -y {' '.join(sorted([rival, 'onedl-mmcv']))} && pip install onedl-mmcv"
    )


def test_the_word_segmenter_named_mmseg_is_told_from_mmsegmentation(site: FakeSite) -> None:
    site.distribute("mmseg", "1.3.0", "mmseg")
    (finding,) = ownership_findings(owners(), [])
    assert "mmseg is a Chinese word segmenter" in finding.message
    assert finding.fix == "pip uninstall -y mmseg onedl-mmsegmentation && pip install onedl-mmsegmentation"


def test_the_same_distribution_found_twice_is_one_owner(site: FakeSite) -> None:
    site.distribute("onedl_MMCV", "2.3.5", "mmcv")
    assert owners()["mmcv"] == {"onedl-mmcv": "2.3.5"}


def test_another_distribution_in_the_place_of_ours_is_an_error() -> None:
    (finding,) = ownership_findings({**OWNERS, "mmcv": {"mmcv-lite": "2.2.0"}}, [])
    assert (finding.code, finding.severity) == ("wrong-owner", "error")
    assert (
        finding.message
        == "'mmcv' comes from mmcv-lite, not from onedl-mmcv (mmcv-lite is mmcv without its operators)"
    )
    assert finding.fix == "pip uninstall -y mmcv-lite && pip install onedl-mmcv"


@pytest.mark.parametrize("name", list(STACK))
def test_a_missing_package_is_an_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, name, raising=False)
    (finding,) = ownership_findings({**OWNERS, name: {}}, [])
    assert (finding.code, finding.severity) == ("not-installed", "error")
    assert finding.fix == f"pip install {STACK[name]}"


def test_a_checkout_on_the_path_needs_no_distribution(
    site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "mmdet", raising=False)
    assert ownership_findings({**OWNERS, "mmdet": {}}, []) == []


def test_opencv_twins_of_one_version_are_harmless_when_cv2_imports() -> None:
    (finding,) = ownership_findings({**OWNERS, "cv2": TWINS}, ["cv2"])
    assert (finding.code, finding.severity, finding.fix) == ("opencv-twins", "note", "")
    assert "harmless" in finding.message


def test_opencv_twins_are_not_called_harmless_unless_cv2_was_seen_to_import() -> None:
    assert ownership_findings({**OWNERS, "cv2": TWINS}, []) == []


def test_opencv_twins_of_two_versions_are_a_warning(site: FakeSite) -> None:
    site.distribute("opencv-contrib-python", "4.5.0", "cv2")
    (finding,) = ownership_findings({**OWNERS, "cv2": owners()["cv2"]}, ["cv2"])
    assert (finding.code, finding.severity) == ("two-owners", "warning")
    assert finding.fix.startswith("pip uninstall -y opencv-contrib-python ")


def test_any_one_build_of_opencv_will_do() -> None:
    assert ownership_findings({**OWNERS, "cv2": {"opencv-contrib-python-headless": "4.12"}}, ["cv2"]) == []

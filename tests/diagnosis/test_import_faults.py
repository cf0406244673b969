from __future__ import annotations

import pytest

from segdet_kit.diagnosis.finding import Finding
from segdet_kit.diagnosis.import_faults import import_findings
from segdet_kit.diagnosis.imports import import_stack
from segdet_kit.diagnosis.stack import STACK
from tests.fake_site import FakeSite

OWNERS = {name: {distribution: "1.0"} for name, distribution in STACK.items()}


def found(**owners: dict[str, str]) -> list[Finding]:
    return import_findings(import_stack(), OWNERS | owners)


def test_a_healthy_stack_has_no_findings(site: FakeSite) -> None:
    assert found() == []


@pytest.mark.parametrize("library", ["libGL.so.1", "libgthread-2.0.so.0"])
def test_opencv_without_a_system_library_is_replaced_by_its_headless_build(
    site: FakeSite, library: str
) -> None:
    site.package(
        "cv2", f"raise ImportError('{library}: cannot open shared object file: No such file or directory')"
    )
    (finding,) = found(cv2={"opencv-python": "4.12", "opencv-python-headless": "4.12"})
    assert (finding.code, finding.severity) == ("libgl-missing", "error")
    assert library in finding.message
    assert "apt-get install libgl1" in finding.message
    assert finding.fix == (
        "pip uninstall -y opencv-python opencv-python-headless && pip install opencv-python-headless"
    )


def test_any_other_fault_of_opencv_replaces_all_that_wrote_its_files(site: FakeSite) -> None:
    site.package("cv2", "raise AttributeError('cv2.dnn')")
    (finding,) = found(cv2={"opencv-python": "4.12", "opencv-contrib-python": "4.10"})
    assert finding.code == "import-failed"
    assert finding.fix == (
        "pip uninstall -y opencv-contrib-python opencv-python && pip install opencv-python"
    )


def test_an_upstream_version_assertion_is_named_with_the_packages_that_agree(site: FakeSite) -> None:
    text = "MMCV==2.2.0 is used but incompatible. Please install mmcv>=2.0.0rc4, <2.2.0."
    site.package("mmdet", f"assert False, '{text}'")
    (finding,) = found(mmdet={"mmdet": "3.3.0"}, mmcv={"mmcv": "2.2.0"})
    assert (finding.code, finding.severity) == ("version-assertion", "error")
    assert text in finding.message
    assert finding.fix == (
        "pip uninstall -y mmcv mmdet && "
        "pip install --upgrade --force-reinstall --no-deps onedl-mmcv onedl-mmdetection"
    )


def test_a_package_built_for_another_numpy_is_upgraded(site: FakeSite) -> None:
    site.package("cv2", "raise ImportError('numpy.core.multiarray failed to import')")
    (finding,) = found()
    assert (finding.code, finding.fix) == ("numpy-abi", "pip install --upgrade opencv-python")


def test_operators_compiled_for_another_torch_give_way_to_the_kits(site: FakeSite) -> None:
    site.package("mmcv.ops", "import mmcv._ext")
    site.package("mmcv._ext", "raise ImportError('_ext.so: undefined symbol: _ZNK3c1010TensorImpl')")
    (finding,) = found()
    assert (finding.code, finding.severity) == ("stale-operators", "error")
    assert "undefined symbol" in finding.message
    assert finding.fix == "pip install --force-reinstall --no-deps --no-cache-dir onedl-mmcv"


def test_a_missing_dependency_is_installed_with_the_package_that_needs_it(site: FakeSite) -> None:
    site.package("mmdet.models", "import a_module_that_nobody_wrote")
    (finding,) = found()
    assert (finding.code, finding.fix) == ("missing-module", "pip install onedl-mmdetection")
    assert "'a_module_that_nobody_wrote'" in finding.message


def test_a_package_with_missing_files_is_installed_again(site: FakeSite) -> None:
    site.package("mmengine", "import mmengine.config")
    (finding,) = found()
    assert finding.code == "import-failed"
    assert "No module named 'mmengine.config'" in finding.message
    assert finding.fix == "pip install --force-reinstall --no-deps onedl-mmengine"


def test_a_missing_package_is_left_to_the_check_of_owners(site: FakeSite) -> None:
    site.package("mmseg.models", "raise ModuleNotFoundError(\"No module named 'mmseg'\", name='mmseg')")
    assert found(mmseg={}) == []


def test_a_crash_says_which_package_to_install_again(site: FakeSite) -> None:
    site.package("torch", "import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    (finding,) = found()
    assert finding.message == "torch cannot be used: the process died with signal SIGILL"
    assert finding.fix == "pip install --force-reinstall --no-deps torch"


def test_torchvision_without_a_third_package_is_not_blamed_on_torch(site: FakeSite) -> None:
    site.package("torchvision", "import a_module_that_nobody_wrote")
    (finding,) = found()
    assert (finding.code, finding.fix) == ("missing-module", "pip install torchvision")

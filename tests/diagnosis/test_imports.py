from __future__ import annotations

import os
import shutil
import sys

import pytest

from segdet_kit.diagnosis.imports import import_stack
from segdet_kit.diagnosis.probe import IMPORTS
from segdet_kit.errors import KitError
from tests.fake_site import FakeSite


def test_a_healthy_stack_is_imported_and_its_devices_are_listed(site: FakeSite) -> None:
    imports = import_stack()
    assert not imports.failures
    assert imports.imported >= set(IMPORTS)
    assert imports.provider == "segdet-kit"
    assert imports.devices == {"cpu_threads": 3, "cuda": ["GPU 0 of the test"], "mps": False}


def test_the_error_of_a_failing_import_is_the_real_one(site: FakeSite) -> None:
    site.package("mmengine", "raise ValueError('a line\\nand another')")
    (failure,) = import_stack().failures
    assert (failure.module, failure.cause) == ("mmengine", "ValueError: a line and another")


def test_a_package_that_exits_when_imported_fails_like_any_other(site: FakeSite) -> None:
    site.package("mmseg.models", "raise SystemExit('no licence')")
    (failure,) = import_stack().failures
    assert (failure.module, failure.cause) == ("mmseg.models", "SystemExit: no licence")


def test_imports_that_could_tell_nothing_new_are_not_tried(site: FakeSite) -> None:
    site.package("torch", "raise OSError('libtorch_cpu.so: failed to map segment')")
    imports = import_stack()
    assert [failure.module for failure in imports.failures] == ["torch"]
    assert {"cv2", "mmengine", "mmcv"} <= imports.imported
    assert imports.devices is None


def test_a_broken_torchvision_is_not_blamed_on_the_operators_that_use_it(site: FakeSite) -> None:
    site.package("torchvision", "raise RuntimeError('operator torchvision::nms does not exist')")
    site.package("mmcv.ops", "import torchvision")
    assert [failure.module for failure in import_stack().failures] == ["torchvision"]


def test_a_segfault_names_the_import_that_was_under_way(site: FakeSite) -> None:
    site.package("torch", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    (failure,) = import_stack().failures
    assert (failure.module, failure.cause) == ("torch", "the process died with signal SIGSEGV")


def test_an_import_that_ends_the_process_is_named_with_its_last_words(site: FakeSite) -> None:
    site.package("cv2", "import os; os.write(2, b'once\\nfatal: no AVX\\n'); os._exit(7)")
    (failure,) = import_stack().failures
    assert (failure.module, failure.cause) == ("cv2", "the process died with exit status 7: fatal: no AVX")


def test_an_import_that_hangs_is_named(site: FakeSite) -> None:
    site.package("numpy", "import threading; threading.Event().wait()")
    (failure,) = import_stack(timeout=5).failures
    assert (failure.module, failure.cause) == ("numpy", "still under way after 5 s")


def test_a_device_query_that_crashes_leaves_the_imports_known(site: FakeSite) -> None:
    site.package("torch", "zeros = print\nclass cuda:\n  def device_count():\n    import os; os.abort()")
    imports = import_stack()
    assert [failure.module for failure in imports.failures] == ["torch.cuda"]
    assert imports.imported >= set(IMPORTS)
    assert imports.devices is None


def test_what_packages_print_does_not_disturb_the_report(site: FakeSite) -> None:
    site.package("numpy", "import os; print('{}'); os.write(1, b'welcome\\n')")
    assert not import_stack().failures


def test_a_module_in_the_working_folder_is_not_imported(
    site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = site.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "json.py").write_text("raise RuntimeError('the wrong json')")
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", os.curdir)])
    assert not import_stack().failures


def test_a_python_that_does_not_start_is_an_error_and_never_a_healthy_stack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(KitError, match="could not be tried: the process died with exit status 1") as raised:
        import_stack()
    assert raised.value.hint.endswith("false -c pass")


def test_compiled_operators_are_preferred(site: FakeSite) -> None:
    site.package("mmcv._ext")
    assert import_stack().provider == "compiled"

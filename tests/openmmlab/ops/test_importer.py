from __future__ import annotations

import importlib.util
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from segdet_kit.openmmlab.ops import install, provider
from segdet_kit.openmmlab.ops.importer import OperatorFinder


def run(code: str, mmcv: Path) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a new Python that finds the package ``mmcv`` of that folder first."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path.insert(0, {str(mmcv)!r})\n{code}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def pure_mmcv(tmp_path: Path) -> Path:
    """A folder with an mmcv that was installed without operators and imports nothing."""
    (tmp_path / "mmcv").mkdir()
    (tmp_path / "mmcv" / "__init__.py").touch()
    return tmp_path


@pytest.fixture
def compiled_mmcv(pure_mmcv: Path) -> Path:
    """The same with an extension of its own."""
    (pure_mmcv / "mmcv" / "_ext.py").write_text("def nms(): return 'compiled'\n")
    return pure_mmcv


def test_openmmlab_sees_a_module_with_a_real_spec():
    import mmcv._ext as ext
    from mmengine.utils.dl_utils import mmcv_full_available

    spec = importlib.util.find_spec("mmcv._ext")
    assert isinstance(spec, ModuleSpec)
    assert ext.__spec__ is spec
    assert spec.origin == "segdet_kit.openmmlab.ops"
    assert mmcv_full_available()


def test_a_dcn_layer_gets_the_learning_rate_of_its_offsets():
    """mmengine asks for the spec of the operators before it looks for deformable convolutions."""
    from mmcv.ops import DeformConv2dPack
    from mmengine.optim import build_optim_wrapper
    from torch import nn

    model = nn.Sequential(DeformConv2dPack(2, 2, 3, padding=1))
    config = {
        "type": "OptimWrapper",
        "optimizer": {"type": "SGD", "lr": 1.0},
        "paramwise_cfg": {"dcn_offset_lr_mult": 0.1},
    }
    groups = build_optim_wrapper(model, config).optimizer.param_groups
    assert [group["lr"] for group in groups] == [1.0, 0.1, 0.1]


def test_python_gets_no_operator_for_its_own_questions():
    import mmcv._ext as ext

    for name in ("__path__", "__wrapped__", "_private"):
        assert not hasattr(ext, name)
    with pytest.raises(AttributeError, match=r"module 'mmcv\._ext' has no attribute '__path__'"):
        _ = ext.__path__


def test_installing_again_changes_nothing():
    before = list(sys.meta_path)
    assert install() == provider() == "segdet-kit"
    assert sys.meta_path == before
    assert sum(isinstance(finder, OperatorFinder) for finder in before) == 1


def test_installing_needs_neither_torch_nor_mmcv(pure_mmcv: Path):
    result = run(
        "from segdet_kit.openmmlab.ops import OPERATORS, install, provider\n"
        "print(provider(), install(), provider(), *{'torch', 'mmcv', 'numpy'} & set(sys.modules))\n"
        "import mmcv._ext\n"
        "print(provider(), 'nms' in OPERATORS, 'torch' in sys.modules)",
        pure_mmcv,
    )
    assert result.stdout.splitlines() == ["missing segdet-kit segdet-kit", "segdet-kit True False"], (
        result.stderr
    )


def test_compiled_operators_are_preferred(compiled_mmcv: Path):
    result = run(
        "from segdet_kit.openmmlab.ops import install, provider\n"
        "print(provider(), install())\n"
        "import mmcv._ext\n"
        "print(mmcv._ext.nms(), provider(), install())",
        compiled_mmcv,
    )
    assert result.stdout.splitlines() == ["compiled compiled", "compiled compiled compiled"], result.stderr


def test_operators_compiled_after_installing_are_preferred(pure_mmcv: Path):
    result = run(
        "import importlib, pathlib\n"
        "from segdet_kit.openmmlab.ops import install, provider\n"
        "print(install())\n"
        f"pathlib.Path({str(pure_mmcv)!r}, 'mmcv', '_ext.py').write_text('def nms(): return 1')\n"
        "importlib.invalidate_caches()\n"
        "import mmcv._ext\n"
        "print(mmcv._ext.nms(), provider())",
        pure_mmcv,
    )
    assert result.stdout.splitlines() == ["segdet-kit", "1 compiled"], result.stderr


def test_installing_after_mmcv_was_imported_without_operators_is_refused(pure_mmcv: Path):
    result = run(
        "import mmcv\n"
        "from segdet_kit.errors import KitError\n"
        "from segdet_kit.openmmlab.ops import install\n"
        "try: install()\n"
        "except KitError as error: print(error)",
        pure_mmcv,
    )
    assert result.stdout.splitlines() == [
        "mmcv was imported before segdet-kit could provide its operators",
        "call segdet_kit.openmmlab.ops.install() before the first import of mmcv, mmdet or mmseg",
    ], result.stderr


def test_without_mmcv_the_operators_are_missing(pure_mmcv: Path):
    code = "sys.modules['mmcv'] = None\nfrom segdet_kit.openmmlab.ops import provider\nprint(provider())"
    result = run(code, pure_mmcv)
    assert result.stdout == "missing\n", result.stderr

from __future__ import annotations

import ast
import inspect
import re
from importlib.util import find_spec
from pathlib import Path

import mmcv
import mmcv._ext as ext
import pytest

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.ops import OPERATORS

MMCV_OPS = Path(mmcv.__file__).parent / "ops"


def compiled_signatures() -> dict[str, list[str]]:
    """Argument names of mmcv's compiled functions, from the C++ that binds them to Python."""
    bindings = (MMCV_OPS / "csrc" / "pytorch" / "pybind.cpp").read_text()
    definitions = re.findall(r'm\.def\(\s*"(\w+)"(.*?)\);', bindings, flags=re.DOTALL)
    return {name: re.findall(r'py::arg\("(\w+)"\)', arguments) for name, arguments in definitions}


def names_asked_by_mmcv() -> dict[str, set[str]]:
    """The operator names that each of mmcv's own modules demands when it is imported."""
    return {
        path.stem: {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "load_ext"
            for name in ast.literal_eval(node.args[1])
        }
        for path in MMCV_OPS.glob("*.py")
    }


def imports(path: Path) -> list[ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]


def modules_used(package: str) -> set[str]:
    """The modules of mmcv.ops that a package imports something of."""
    exported = {alias.name: node.module for node in imports(MMCV_OPS / "__init__.py") for alias in node.names}
    used = set()
    for path in Path(find_spec(package).origin).parent.rglob("*.py"):
        for node in imports(path):
            if node.module == "mmcv.ops":
                used |= {exported[alias.name] for alias in node.names}
            elif node.module and node.module.startswith("mmcv.ops."):
                used.add(node.module.removeprefix("mmcv.ops."))
    return used


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_takes_the_arguments_of_the_compiled_one(name: str):
    assert list(inspect.signature(OPERATORS[name].load()).parameters) == compiled_signatures()[name]


def test_every_name_that_mmcv_asks_for_is_answered():
    asked = set().union(*names_asked_by_mmcv().values())
    assert len(asked) > 90
    assert asked >= set(OPERATORS)
    assert all(callable(getattr(ext, name)) for name in asked)


def test_the_docs_name_the_modules_that_still_need_a_compiled_mmcv():
    page = (Path(__file__).parents[3] / "docs" / "operators.md").read_text(encoding="utf-8")
    rows = page.partition("## What is left out")[2].partition("\n## ")[0].split("|---|---|")[1]
    lacking = {module for module, names in names_asked_by_mmcv().items() if not names <= set(OPERATORS)}
    assert set(re.findall(r"`(\w+)`", rows)) == lacking


@pytest.mark.filterwarnings("ignore:.*invalid escape sequence")  # in mmdet's sources
@pytest.mark.parametrize("package", ["mmdet", "mmseg", "mmcv.cnn"])
def test_all_that_is_imported_of_mmcv_ops_is_provided(package: str):
    asked, used = names_asked_by_mmcv(), modules_used(package)
    assert used
    assert set().union(*(asked[module] for module in used)) <= set(OPERATORS)


def test_the_module_hands_out_the_operators_of_the_table():
    for name, operator in OPERATORS.items():
        assert inspect.unwrap(getattr(ext, name)) is inspect.unwrap(operator.load())
        assert operator.summary
        assert operator.by


def test_an_operator_not_provided_says_so_when_called():
    with pytest.raises(KitError) as caught:
        ext.tenfold_pool_forward(1, output=2)
    line = caught.traceback[0].lineno + 1
    assert caught.value.message == (
        f"{__name__}:{line} needs mmcv's operator 'tenfold_pool_forward', "
        "which mmcv has only compiled and segdet-kit lacks"
    )
    assert "pip install --no-build-isolation" in caught.value.hint

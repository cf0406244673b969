from __future__ import annotations

import ast
import inspect
import re
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


def names_asked_by_mmcv() -> set[str]:
    """Every operator name that mmcv's own modules demand when they are imported."""
    names = set()
    for path in MMCV_OPS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "load_ext"
            ):
                names.update(ast.literal_eval(node.args[1]))
    return names


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_takes_the_arguments_of_the_compiled_one(name: str):
    assert list(inspect.signature(OPERATORS[name].load()).parameters) == compiled_signatures()[name]


def test_every_name_that_mmcv_asks_for_is_answered():
    asked = names_asked_by_mmcv()
    assert len(asked) > 90
    assert asked >= set(OPERATORS)
    assert all(callable(getattr(ext, name)) for name in asked)


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

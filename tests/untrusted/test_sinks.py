"""What in OpenMMLab could run a stranger's data, site by site; and that nothing of the kind is in the kit."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.untrusted.sinks import MODULE_CALLS, PACKAGES, digest, found, is_sink, reviewed

ROOT = Path(__file__).parents[2]
OWN = sorted(
    path for folder in ("segdet_kit", "tools", "plugins") for path in (ROOT / folder).rglob("*.py")
    if "tests" not in path.parts
)  # fmt: skip


def test_every_site_of_the_installed_stack_has_been_reviewed() -> None:
    known, sites = reviewed(), found()
    new = [
        f"{file}:{sites[file, line][1]}: {sites[file, line][0]}" for file, line in sites.keys() - known.keys()
    ]
    assert not new, "see that no data reaches them, then add them to reviewed_sinks.json"


def test_no_verdict_outlives_its_site() -> None:
    assert not reviewed().keys() - found().keys()


def test_every_verdict_says_why() -> None:
    assert all(len(verdict) > 20 and verdict.endswith(".") for verdict in reviewed().values())


@pytest.mark.parametrize(
    "line",
    ["eval(text)", "exec(text)", "run = os.system", "os.popen(text)", "from os import system",
     "subprocess.run(text, shell=True)", "subprocess.getoutput(text)", "from pickle import load",
     "pickle.loads(data)", "torch.load(file)", "torch.load(file, weights_only=False)", "yaml.load(file)",
     "yaml.load(file, Loader=yaml.CLoader)", "np.load(file, allow_pickle=True)", "import_module(name)",
     "importlib.import_module(name)", "tar.extractall(folder)", "builtins.eval(text)"],
)  # fmt: skip
def test_a_sink_is_found_however_it_is_written(line: str) -> None:
    assert any(map(is_sink, ast.walk(ast.parse(line))))


@pytest.mark.parametrize(
    "line",
    ["model.eval()", "platform.system()", "json.loads(text)", "load(weights_only=True)", "mode = 'eval'"],
)
def test_what_only_looks_like_one_is_none(line: str) -> None:
    assert not any(map(is_sink, ast.walk(ast.parse(line))))


def test_a_line_is_known_wherever_it_moves_but_not_when_it_is_doubled() -> None:
    assert digest("eval(x)", 1) == digest("eval(x)", 1) != digest("eval(x)", 2)
    assert {file.partition("/")[0] for file, _ in found()} == {*PACKAGES, "torch"}


BANNED = frozenset({"eval", "exec", "getoutput", "getstatusoutput", "allow_pickle", "CLoader", "extractall"})
UNPICKLERS = frozenset({"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"})


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_of_ours_runs_text_or_unpickles(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Name):
            assert node.id not in BANNED, where
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert not modules & UNPICKLERS, where
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert node.attr not in BANNED - {"eval"}, where
            assert not (node.value.id == "os" and node.attr in MODULE_CALLS["os"]), where
        elif isinstance(node, ast.Call):
            _check_call(node, where)


def _check_call(call: ast.Call, where: str) -> None:
    name = ast.unparse(call.func)
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    assert "shell" not in given, where
    if name == "torch.load" or name.endswith("load_state_dict_from_url"):
        assert ast.unparse(given.get("weights_only", ast.Constant(False))) == "True", where
    if name.startswith("subprocess.") and call.args:
        assert not isinstance(call.args[0], (ast.JoinedStr, ast.Constant, ast.BinOp)), where

"""Each check of the verifier is taken out in turn: then an attack succeeds, or a whole bundle is refused."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERIFIER = ("envelope", "opening", "sink", "archive", "seal", "statement", "serials")
CALLS = {"_same", "refuse_older", "note", "_check"}
"""Calls that check something by themselves."""

RUN = """
import importlib.abc, importlib.util, json, os, signal, sys, tempfile
from pathlib import Path

EXPECTED = {"seal_too_large": "LIMIT"}  # others would refuse it too, after reading all of it

class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, module, source): self.module, self.source = module, source
    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self.module else None
    def create_module(self, spec): return None
    def exec_module(self, made): exec(compile(self.source, self.module, "exec"), made.__dict__)

def noticed(module, source):
    for name in [name for name in sys.modules if name.startswith(("segdet_kit.bundle", "tests.bundle"))]:
        del sys.modules[name]
    sys.meta_path.insert(0, Changed(module, source))
    from tests.bundle.attacks.mutants import mutants, verdict
    from tests.bundle.attacks.world import GENERATORS, World
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = name
        world = World.new(folder)
        if {verdict(world, "alice", folder / name) for name in ("current", "other")} != {"ACCEPTED"}:
            return "a whole bundle is refused"
        for kind, opener, data in mutants(world, 7, 14 * len(GENERATORS)):
            (folder / "mutant").write_bytes(data)
            result = verdict(world, opener, folder / "mutant")
            wrong = result == "ACCEPTED" or result.startswith("UNEXPECTED")
            if wrong or EXPECTED.get(kind, result) != result:
                return f"{kind}: {result}"
    return ""

import tests.bundle.attacks.mutants  # what is imported once need not be again
for module, source in json.load(sys.stdin):
    sys.stdout.flush()
    if child := os.fork():
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, -signal.SIGVTALRM)
        if code:
            print(json.dumps("it goes on for ever"), flush=True)
    else:
        signal.setitimer(signal.ITIMER_VIRTUAL, 10)
        print(json.dumps(noticed(f"segdet_kit.bundle.{module}", source)), flush=True)
        os._exit(0)
"""
"""Takes pairs of a module and its changed source, and prints for each what went wrong with it."""


class _Without(ast.NodeTransformer):
    """Takes out the check of a number, counted as they are met; ``taken`` is then its text."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.taken = ""

    def _meets(self, node: ast.AST) -> bool:
        self.number -= 1
        if self.number == -1:
            self.taken = ast.unparse(node).splitlines()[0]
        return self.number == -1

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        if _refuses(node):
            if self._meets(node):
                return ast.copy_location(ast.Pass(), node)
            if isinstance(node.test, ast.BoolOp):
                for operand in list(node.test.values):
                    if self._meets(operand):
                        node.test.values.remove(operand)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        value = node.value.value if isinstance(node.value, ast.YieldFrom) else node.value
        called = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
        return ast.copy_location(ast.Pass(), node) if called in CALLS and self._meets(node) else node


def _refuses(node: ast.If) -> bool:
    """Tell whether a condition leads to nothing but a refusal of the bundle."""
    first = node.body[0]
    return isinstance(first, ast.Raise) and ast.unparse(first).startswith("raise BundleError")


def _mutations() -> Iterator[tuple[str, str, str]]:
    for module in VERIFIER:
        text = (ROOT / "segdet_kit" / "bundle" / f"{module}.py").read_text(encoding="utf-8")
        for number in range(1000):
            without = _Without(number)
            changed = ast.unparse(ast.fix_missing_locations(without.visit(ast.parse(text))))
            if not without.taken:
                break
            yield module, without.taken, changed


MUTATIONS = list(_mutations())


@pytest.fixture(scope="module")
def noticed() -> dict[tuple[str, str], str]:
    """What goes wrong without each check; and, by an empty name, with all of them."""
    whole = (ROOT / "segdet_kit" / "bundle" / "sink.py").read_text(encoding="utf-8")
    cases = [("sink", "", whole), *MUTATIONS]
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps([(module, source) for module, _, source in cases]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = map(json.loads, done.stdout.splitlines())
    return {(module, check): result for (module, check, _), result in zip(cases, results, strict=True)}


def test_nothing_goes_wrong_as_it_is(noticed: dict[tuple[str, str], str]) -> None:
    assert noticed["sink", ""] == ""


def test_the_checks_are_found() -> None:
    assert len(MUTATIONS) >= 25


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("module", "check"), [(module, check) for module, check, _ in MUTATIONS])
def test_without_this_check_something_goes_wrong(
    module: str, check: str, noticed: dict[tuple[str, str], str]
) -> None:
    assert noticed[module, check], f"no attack notices that {module}.py lacks: {check}"

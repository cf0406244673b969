"""The house's order: who may import whom, what stays free of torch, and what no module does."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KIT = ROOT / "segdet_kit"

FLOORS = (
    ("implementations",),
    ("__main__",),
    ("cli",),
    ("commands",),
    ("testing",),
    ("benchmark", "prediction"),
    ("convert", "data_check", "diagnosis", "reports", "scaffold", "source"),
    ("openmmlab",),
    ("reading", "scoring", "tiling"),
    ("bundle", "data", "images", "results", "progress", "transfer", "workload"),
    ("assemble",),
    ("untrusted",),
    ("policy",),
    ("catalog",),
    ("plugins", "signature"),
    ("builtin", "keys", "plugin_lock"),
    ("__init__",),
    ("hookspecs",),
    ("components", "recipe"),
    ("artifact", "distributions", "files", "sample_rules", "strict_json", "suggest"),
    ("errors",),
)
"""From the roof down. A module imports from its own room and from lower floors, in function bodies too.

``implementations`` are the files beside the descriptions in ``builtin/KIND``, which configs name: nothing
imports them. ``__init__`` is the public API.
"""
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

TORCH = {"torch", "torchvision", "mmengine", "mmcv", "mmdet", "mmseg"}
PIXELS = {"cv2", "numpy", "matplotlib", "pandas"}
ON_TORCH = {"implementations", "openmmlab", "testing"}
ON_PIXELS = {"benchmark", "convert", "data", "prediction", "reports", "scoring", "tiling"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(KIT.rglob("*.py"))}
SOURCES = [*MODULES.values(), *sorted(ROOT.glob("plugins/*/src/**/*.py"))]


def room(module: str) -> str:
    _, *parts = module.split(".")
    if parts[:1] == ["builtin"] and len(parts) >= 3 and MODULES[module].name != "__init__.py":
        return "implementations"
    return parts[0] if parts else "__init__"


def imported_by(module: str) -> set[str]:
    """The kit's modules that a module imports anywhere in its text."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & MODULES.keys()) or {node.module or ""}
    return found & MODULES.keys()


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_has_a_floor() -> None:
    assert {room(module) for module in MODULES} == set(FLOOR)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downwards(module: str) -> None:
    own = room(module)
    upwards = {
        other for other in imported_by(module) if room(other) != own and FLOOR[room(other)] <= FLOOR[own]
    }
    assert not upwards


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {module: imported_by(module) - {module} for module in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


BLOCKED = """
import importlib, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {blocked!r}:
            raise ModuleNotFoundError(f'{{name}} is blocked')
sys.meta_path.insert(0, Block())
for module in {modules!r}:
    importlib.import_module(module)
from segdet_kit.plugins import discover
assert discover().offers and not discover().failures, discover().failures
"""


def test_light_modules_import_with_all_that_is_heavy_blocked() -> None:
    modules = [module for module in MODULES if room(module) not in ON_TORCH | ON_PIXELS]
    run(BLOCKED.format(blocked=TORCH | PIXELS, modules=modules))


def test_pictures_and_data_need_no_torch() -> None:
    modules = [module for module in MODULES if room(module) in ON_PIXELS]
    run(BLOCKED.format(blocked=TORCH, modules=modules))


COMMAND = """
import sys
sys.argv = ['segdet-kit', *{arguments!r}]
from segdet_kit.__main__ import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print('loaded:', *sorted({forbidden!r} & sys.modules.keys()))
"""


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], TORCH | PIXELS | {"pydantic", "rich"}),
        (["train", "--help"], TORCH | PIXELS | {"rich"}),
        (["plugins", "list"], TORCH | PIXELS),
        (["plugins", "info", "resnet18"], TORCH | PIXELS),
        (["show", "configs/shapes-detector.py"], TORCH - {"mmengine"} | {"cv2", "matplotlib", "pandas"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_commands_that_compute_nothing_load_no_torch(arguments: list[str], forbidden: set[str]) -> None:
    assert run(COMMAND.format(arguments=arguments, forbidden=forbidden)).splitlines()[-1] == "loaded:"


def test_no_module_makes_its_package_a_scope_of_openmmlabs() -> None:
    assert not [path for path in SOURCES if path.name == "registry.py"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_error_is_swallowed(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            silent = all(isinstance(statement, ast.Pass) for statement in node.body)
            assert not silent, f"line {node.lineno} says nothing of an error"

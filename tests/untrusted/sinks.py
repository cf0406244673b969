"""Finds in OpenMMLab's sources whatever runs a text, unpickles a file, starts a program or imports by name.

``python -m tests.untrusted.sinks`` prints the sites that nobody has reviewed, as entries for
``reviewed_sinks.json``.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

REVIEWED = Path(__file__).with_name("reviewed_sinks.json")
PACKAGES = ("mmengine", "mmcv", "mmdet", "mmseg")
MODULES = ("torch/hub.py",)
"""What the packages download checkpoints by."""
NAMES = frozenset(
    {
        *("eval", "exec", "__import__", "import_module", "run_path", "run_module", "get_object_from_string"),
        *("getoutput", "getstatusoutput", "Popen", "check_output", "check_call"),
        *("CLoader", "Loader", "FullLoader", "UnsafeLoader", "unsafe_load", "full_load"),
        *("Unpickler", "extractall", "load_state_dict_from_url", "load_url", "allow_pickle"),
    }
)
"""Of functions, classes and keyword arguments, wherever they are mentioned."""
MODULE_CALLS = {
    **{
        name: {"load", "loads", "open"}
        for name in ("pickle", "cPickle", "dill", "joblib", "marshal", "shelve")
    },
    "torch": {"load"},
    "np": {"load"},
    "numpy": {"load"},
    "yaml": {"load"},
    "subprocess": {"call", "run"},
    "os": {"system", "popen", "execv", "execve", "execvp", "spawnv", "posix_spawn"},
    "builtins": {"eval", "exec"},
}
METHODS = frozenset({"eval"})
"""Of these ``model.eval()`` is another thing: only the bare name counts."""


def sites(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the source line of each mention of a sink, and its number."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes in OpenMMLab's texts
        tree = ast.parse(text)
    numbers = {node.lineno for node in ast.walk(tree) if is_sink(node)}  # type: ignore[attr-defined]
    for number in sorted(numbers):
        yield lines[number - 1].strip(), number


def is_sink(node: ast.AST) -> bool:
    """Tell whether a node mentions a sink, by whatever name it was imported."""
    if isinstance(node, ast.keyword):
        always = isinstance(node.value, ast.Constant) and node.value.value is True
        return node.arg in NAMES or node.arg == "shell" or (node.arg == "weights_only" and not always)
    if isinstance(node, ast.Name):
        return node.id in NAMES and isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Attribute):
        module = node.value.id if isinstance(node.value, ast.Name) else ""
        return (node.attr in NAMES and node.attr not in METHODS) or node.attr in MODULE_CALLS.get(module, ())
    if isinstance(node, ast.ImportFrom):
        return any(alias.name in MODULE_CALLS.get(node.module or "", ()) for alias in node.names)
    return False


def found() -> dict[tuple[str, str], tuple[str, int]]:
    """Return every site by file and hash of its line, with the line and its number."""
    everything = {}
    for package in PACKAGES:
        spec = find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations
        root = Path(spec.submodule_search_locations[0])
        # .mim holds configs and tools, which nothing can import by a dotted name.
        files = [file for file in sorted(root.rglob("*.py")) if ".mim" not in file.parts]
        everything.update(_of(root.parent, files))
    torch = find_spec("torch")
    assert torch is not None
    assert torch.origin
    root = Path(torch.origin).parents[1]
    everything.update(_of(root, [root / name for name in MODULES]))
    return everything


def _of(root: Path, files: list[Path]) -> Iterator[tuple[tuple[str, str], tuple[str, int]]]:
    for file in files:
        seen: Counter[str] = Counter()
        for line, number in sites(file):
            seen[line] += 1
            yield (file.relative_to(root).as_posix(), digest(line, seen[line])), (line, number)


def digest(line: str, time: int) -> str:
    """Return what identifies a line of source, and the how manieth time it stands in its file."""
    return hashlib.sha256(f"{time} {line}".encode()).hexdigest()[:16]


def reviewed() -> dict[tuple[str, str], str]:
    """Return the verdicts, by file and hash of the line."""
    entries = json.loads(REVIEWED.read_text(encoding="utf-8"))
    return {(entry["file"], entry["line"]): entry["verdict"] for entry in entries}


if __name__ == "__main__":
    known = reviewed()
    for (name, line_digest), (line, number) in found().items():
        if (name, line_digest) not in known:
            entry = {"file": name, "line": line_digest, "verdict": "", "number": number, "text": line}
            sys.stdout.write(json.dumps(entry) + "\n")

"""Checkpoints that run code when they are unpickled."""

from __future__ import annotations

import collections
import functools
import io
import operator
import os
import pickle
import shutil
import subprocess
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.attacks.trap import Trap


class Call:
    """Is the call of a function when it is unpickled."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


def write_pickle(trap: Trap, path: Path) -> Path:
    """Write a plain pickle that leaves the mark."""
    path.write_bytes(pickle.dumps([Call(os.mkdir, str(trap.mark))]))
    return path


def calls(trap: Trap) -> Iterator[tuple[str, Any]]:
    """Ways for a pickle to leave the mark."""
    mark = str(trap.mark)
    yield "os.system", Call(os.system, trap.shell)
    yield "os.mkdir", Call(os.mkdir, mark)
    yield "os.makedirs", Call(os.makedirs, mark)
    yield "os.popen", Call(os.popen, trap.shell)
    yield "subprocess.Popen", Call(subprocess.Popen, ["mkdir", mark])
    yield "subprocess.call", Call(subprocess.call, ["mkdir", mark])
    yield "subprocess.run", Call(subprocess.run, ["mkdir", mark])
    yield "subprocess.getoutput", Call(subprocess.getoutput, trap.shell)
    yield "eval", Call(eval, trap.python)
    yield "exec", Call(exec, trap.python)
    yield "open", Call(open, mark, "w")
    yield "io.FileIO", Call(io.FileIO, mark, "w")
    yield "filter", Call(list, Call(filter, os.mkdir, [mark]))
    yield "functools.reduce", Call(functools.reduce, _mkdir_both, [mark, mark])
    yield "list of map", Call(list, Call(map, os.mkdir, [mark]))
    yield "operator.methodcaller", Call(_called, operator.methodcaller("mkdir"), Call(Path, mark))
    yield "shutil.copyfile", Call(shutil.copyfile, str(trap.folder / "evil.py"), mark)
    yield "timeit", Call(timeit.timeit, trap.python, "pass", timeit.default_timer, 1)
    yield "pickle in a pickle", Call(pickle.loads, pickle.dumps(Call(os.mkdir, mark)))
    yield "partial", Call(_called, functools.partial(os.mkdir, mark))
    yield "import", Call(exec, f"import sys; sys.path.insert(0, {str(trap.folder)!r}); import evilmod")
    yield "defaultdict", Call(_missing, collections.defaultdict(functools.partial(os.mkdir, mark)))


def _mkdir_both(path: str, _: str) -> str:
    Path(path).mkdir(exist_ok=True)
    return path


def _called(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _missing(values: dict[str, Any]) -> Any:
    return values["missing"]


def pickles(trap: Trap, folder: Path) -> Iterator[tuple[str, Path]]:
    """Write each attack as torch writes a checkpoint and as pickle does: a name and the file."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, call) in enumerate(calls(trap)):
        path = folder / f"{number}.pth"
        torch.save({"state_dict": {"weight": torch.zeros(2), "bias": call}}, path)
        yield f"{name}, by torch.save", path
        path = folder / f"{number}-plain.pth"
        path.write_bytes(pickle.dumps({"state_dict": {}, "meta": call}, protocol=2))
        yield f"{name}, by pickle", path

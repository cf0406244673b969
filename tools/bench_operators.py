"""How long the kit's operators take, beside mmcv's compiled ones: in turns, on this machine.

python tools/bench_operators.py [--reference mmcv/_ext.*.so] [--only NAME] [--rounds N] [--threads N] [--json]

The sizes are those at which models call them. The reference is a compiled ``mmcv._ext``, given as a file, so
it may be built aside. Operators that mmcv compiles for a GPU alone have only a time, but for multi-scale
deformable attention: there mmcv's own Python is the reference, as it is what runs on a CPU. With one thread,
CPU time counts, which other processes disturb little; with several, wall time.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
from types import ModuleType
from typing import Any

import torch
from measuring import interval
from operator_calls import Calls
from operator_cases import CASES, Case

from segdet_kit.openmmlab import ops
from segdet_kit.openmmlab.ops.importer import load_operator

SLOW = 2.0
SHORTEST = 0.02  # seconds that one measurement should last
Function = Callable[..., Any]


def extension(path: str) -> ModuleType:
    """Load a compiled ``mmcv._ext`` from its file, beside the one that mmcv finds."""
    spec = ModuleSpec("_ext", ExtensionFileLoader("_ext", path), origin=path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


def attention_in_python(*arguments: Any) -> Any:
    """Run mmcv's Python version of ``ms_deform_attn``: with six arguments forward, else backward too."""
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    value, shapes, _, locations, weights, gradient = arguments[:6]
    if len(arguments) == 6:
        return multi_scale_deformable_attn_pytorch(value, shapes, locations, weights)
    leaves = [tensor.detach().requires_grad_() for tensor in (value, locations, weights)]
    output = multi_scale_deformable_attn_pytorch(leaves[0], shapes, *leaves[1:])
    return torch.autograd.grad(output, leaves, gradient)


def reference(name: str, compiled: ModuleType | None) -> Function | None:
    """Return what an operator is compared with."""
    if compiled is None:
        return None
    return attention_in_python if name.startswith("ms_deform_attn") else getattr(compiled, name)


def seconds(function: Function, calls: Calls, times: int = 1) -> float:
    """Return the time of all calls, the mean of several ``times``."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    for _ in range(times):
        for arguments in calls:
            function(*arguments)
    return (clock() - start) / times


def measure(case: Case, compiled: ModuleType | None, rounds: int) -> list[tuple[float, ...]]:
    """Return for each round the time of the kit and, if there is one, of the reference."""
    torch.manual_seed(0)
    calls = case.calls()
    sides = [load_operator(case.operator)]
    if other := reference(case.operator, compiled):
        try:
            seconds(other, calls)
            sides.append(other)
        except RuntimeError as error:
            if "not found" not in str(error) and "not implemented" not in str(error).lower():
                raise
    repeats = [1 + int(SHORTEST / max(seconds(side, calls), 1e-6)) for side in sides]
    rows = []
    for turn in range(rounds):
        order = range(len(sides)) if turn % 2 else reversed(range(len(sides)))
        taken = {i: seconds(sides[i], calls, repeats[i]) for i in order}
        rows.append(tuple(taken[i] for i in range(len(sides))))
    return rows


def summary(case: Case, rows: list[tuple[float, ...]]) -> dict[str, Any]:
    """Reduce a case's rounds to what the table shows; ``ratio`` below 1 says that the kit is faster."""
    line: dict[str, Any] = {"operator": case.operator, "size": case.size}
    line["kit_ms"], *rest = (1e3 * statistics.median(column) for column in zip(*rows, strict=True))
    if rest:
        ratios = [kit / other for kit, other in rows]
        line |= {"reference_ms": rest[0], "ratio": statistics.median(ratios), "interval": interval(ratios)}
    return line


def geometric_mean(values: tuple[float, ...]) -> float:
    """Return the geometric mean, in which twice as fast makes up for twice as slow."""
    return math.exp(statistics.fmean(math.log(value) for value in values))


def main() -> None:
    """Time each case, print a row of a Markdown table for it, then what stands out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference", help="the file of a compiled mmcv._ext")
    parser.add_argument("--only", default="", help="part of the names of the operators to time")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    ops.install()
    compiled = extension(options.reference) if options.reference else None

    lines, rounds = [], []
    if not options.json:
        print("| operator | at | kit, ms | reference, ms | ratio | 95 % |\n|---|---|---|---|---|---|")
    for case in CASES:
        if options.only not in case.operator:
            continue
        rows = measure(case, compiled, options.rounds)
        line = summary(case, rows)
        lines.append(line)
        if "ratio" in line:
            rounds.append([kit / other for kit, other in rows])
        if not options.json:
            times = [f"`{line['operator']}`", line["size"], f"{line['kit_ms']:.2f}"]
            if "ratio" in line:
                times += [f"{line['reference_ms']:.2f}", f"{line['ratio']:.2f}"]
                times += ["{:.2f} to {:.2f}".format(*line["interval"])]
            print("| " + " | ".join(times + [""] * (6 - len(times))) + " |", flush=True)

    means = [geometric_mean(column) for column in zip(*rounds, strict=True)]
    result: dict[str, Any] = {"threads": options.threads, "rounds": options.rounds, "operators": lines}
    if means:
        result |= {"geometric_mean": statistics.median(means), "interval": interval(means)}
        result["slow"] = [f"{x['operator']}, {x['size']}" for x in lines if x.get("ratio", 0) > SLOW]
    if options.json:
        print(json.dumps(result, indent=2))
    elif means:
        low, high = result["interval"]
        mean = f"{result['geometric_mean']:.2f} [{low:.2f}, {high:.2f}]"
        print(f"\ngeometric mean of {len(rounds)} ratios: {mean}")
        print(f"slower than {SLOW:g} times the reference: {'; '.join(result['slow']) or 'none'}")


if __name__ == "__main__":
    main()

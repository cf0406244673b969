"""Time a process from its start to the end of its first training iteration: the kit beside stock, in turns.

python tools/peers/first_iteration.py RUN STOCK_PYTHON [--rounds N] [--threads N] [--batch-size N]

Of the kit that is the training workload of ``segdet-kit benchmark``, of stock that of ``stock.py``: imports,
model, weights, data and one iteration. The checks that ``segdet-kit train`` makes before are not in it.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

from segdet_kit.benchmark.process import WORKER, Worker
from segdet_kit.workload import Spec

sys.path.append(str(Path(__file__).parents[1]))
from measuring import compare


def seconds(spec: Spec, command: tuple[str, ...]) -> float:
    """Return the wall time until the first iteration is done."""
    started = time.perf_counter()
    with closing(Worker(spec, command)) as worker:
        worker.run(1)
        return time.perf_counter() - started


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("stock", metavar="STOCK_PYTHON")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=8)
    asked = parser.parse_args()
    spec = Spec(asked.run, mode="train", batch_size=asked.batch_size, threads=asked.threads)
    peer = (asked.stock, str(Path(__file__).parent / "stock.py"))
    commands = {"stock": peer, "segdet-kit": WORKER}
    compare({name: partial(seconds, spec, command) for name, command in commands.items()}, asked.rounds)


if __name__ == "__main__":
    main()

"""Time the kit beside its peers, in turns and on the same images, as ``segdet-kit benchmark`` does.

python tools/peers/bench.py TARGET... --peer SCRIPT PYTHON MODEL ... [--size H W] [--html F]

TARGETs are the kit's: recipes, runs, exported models. A peer is a script beside this one, such as
``ultralytics_yolo``, the Python of its venv, and what its TARGET is. The images are those that the first
TARGET is tested on. The baseline is the first peer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from segdet_kit.benchmark.measure import measure
from segdet_kit.benchmark.pages import html, markdown
from segdet_kit.benchmark.process import WORKER, Worker
from segdet_kit.benchmark.summary import document
from segdet_kit.openmmlab.workloads.pictures import pictures
from segdet_kit.source import assemble_source
from segdet_kit.workload import MODES, Spec

HERE = Path(__file__).parent


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("targets", nargs="+", metavar="TARGET")
    names = ("SCRIPT", "PYTHON", "MODEL")
    parser.add_argument("--peer", nargs=3, action="append", required=True, metavar=names)
    parser.add_argument(
        "--size", nargs=2, type=int, metavar=("H", "W"), help="of all; each one's own without"
    )
    parser.add_argument("--classes", type=int, default=21, help="of peers whose weights are random")
    parser.add_argument("--mode", choices=MODES, default="infer")
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--max-time", type=float, default=300.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--html", type=Path)
    asked = parser.parse_args()

    common: dict[str, Any] = {
        "mode": asked.mode,
        "batch_size": asked.batch_size,
        "size": tuple(asked.size) if asked.size else None,
        "threads": asked.threads,
    }
    peers = {f"{script}: {model}": (script, python, model) for script, python, model in asked.peer}
    specs = {
        name: Spec(model, settings=(f"peer={script}", f"classes={asked.classes}"), **common)
        for name, (script, _, model) in peers.items()
    }
    specs |= {f"segdet-kit: {target}": Spec(target, **common) for target in asked.targets}
    images = [str(path.resolve()) for path in pictures(assemble_source(Path(asked.targets[0]), ()).config)]
    commands: dict[Spec, Sequence[str]] = dict.fromkeys(specs.values(), WORKER)
    for name, (script, python, _) in peers.items():
        commands[specs[name]] = (python, str(HERE / f"{script}.py"), *images)

    started = datetime.now(timezone.utc)
    found = measure(
        specs,
        next(iter(peers)),
        lambda spec: Worker(spec, commands[spec]),
        max_time=asked.max_time,
        say=lambda line: print(line, file=sys.stderr),
    )
    made = document(found, common, started)
    if asked.json:
        asked.json.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    if asked.html:
        asked.html.write_text(html(made), encoding="utf-8")
    print(markdown(made))


if __name__ == "__main__":
    main()

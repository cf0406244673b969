"""Which configs of mmdet and mmseg assemble, build and run here: a table of those that do not, and why.

python tools/native_configs.py [--sample N] [--only TEXT] [--timeout S] [--table FILE] [--json FILE]

Each config that the two ship goes through what ``segdet-kit show`` does. Then its model is built without
weights, and one small image of noise goes through it; a larger one where that fails, since some networks
shrink images to nothing. Models that several configs share are built once. All of it happens in a process
that is replaced when it dies or takes too long. The whole takes about an hour on 2 cores.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from segdet_kit.assemble.native import SCOPES, configs_of, native_path

SIZES = ((128, 160), (512, 512))
MEMORY = 18 << 30
NO_MEMORY = "can't allocate memory"
RAN = ": the config failed while it ran: "
INTRODUCTION = """\
# Native configs

mmdet and mmseg ship {total} configs. `tools/native_configs.py` assembles each, builds its model without
weights, and runs one image of 128 x 160 pixels through it, or of 512 x 512 where that is too small, on a CPU
and with the kit's operators. {passed} pass. These do not:

| config | stage | cause |
|---|---|---|
"""


@dataclass(frozen=True)
class Outcome:
    """How far a config came. ``stage``: where it failed, or ``""``; ``cause``: the error."""

    config: str
    stage: str = ""
    cause: str = ""


def shipped() -> list[str]:
    """Return the names of all configs that are not there to be inherited only."""
    return [
        f"{scope}::{path.relative_to(configs_of(scope)).as_posix()}"
        for scope in SCOPES
        for path in sorted(configs_of(scope).rglob("*.py"))
        if "_base_" not in path.parts
    ]


def assembled(name: str) -> dict[str, Any]:
    """Return what ``segdet-kit show`` prints of a config."""
    from segdet_kit.source import assemble_source

    return assemble_source(native_path(name)).config


def run(config: dict[str, Any]) -> str:
    """Build the model and run an image through it; return ``""``, or the stage that failed and why."""
    import torch
    from mmengine.config import Config

    from segdet_kit.openmmlab.runtime import build_model, prepare
    from segdet_kit.openmmlab.state import isolated

    prepare()
    torch.manual_seed(0)
    scope = config["default_scope"]
    try:
        model: Any = build_model(Config(config), device="cpu")
    except Exception as error:  # noqa: BLE001 - any failure at all is what this table is about
        return f"build: {type(error).__name__}: {error}"
    for height, width in SIZES:
        try:
            with isolated("cpu", scope), torch.inference_mode():
                model.test_step(noise(model, scope, height, width))
        except Exception as error:  # noqa: BLE001 - likewise
            failure = f"forward: {type(error).__name__}: {error}"
        else:
            return ""
    return failure


def noise(model: Any, scope: str, height: int, width: int) -> dict[str, Any]:
    """Return a batch of one image, with what a test pipeline or a file of proposals would add to it."""
    import torch
    from mmdet.structures import DetDataSample
    from mmengine.structures import InstanceData
    from mmseg.structures import SegDataSample

    shapes = ("img_shape", "ori_shape", "pad_shape", "batch_input_shape")
    sample = (SegDataSample if scope == "mmseg" else DetDataSample)()
    sample.set_metainfo(dict.fromkeys(shapes, (height, width)))
    sample.set_metainfo({"scale_factor": (1.0, 1.0), "flip": False, "img_id": 0, "img_path": "noise"})
    sample.set_metainfo({"border": (0, height, 0, width)})
    if not getattr(model, "with_rpn", True):
        boxes = torch.tensor([[8.0, 8.0, 72.0, 72.0], [0.0, 16.0, 40.0, 120.0]])
        sample.proposals = InstanceData(bboxes=boxes, scores=torch.ones(2))
    image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8)
    return {"inputs": [image], "data_samples": [sample]}


def work(connection: Connection) -> None:
    """Answer each config that comes through the connection."""
    # OpenMMLab prints to both; what is worth reading comes back through the connection.
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        connection.send(run(connection.recv()))


class Worker:
    """A process that runs models, and is replaced by another when one kills it."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def run(self, config: dict[str, Any]) -> str:
        """Return what ``run`` says, or what became of the process."""
        self.connection.send(config)
        try:
            if self.connection.poll(self.timeout):
                return str(self.connection.recv())
            failure = f"forward: not done after {self.timeout:g} s"
        except EOFError:
            self.process.join()
            failure = f"forward: the process ended with {self.process.exitcode}"
        self.replace()
        return failure

    def replace(self) -> None:
        """Go on in a new process."""
        self.close()
        self._start()

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()


def outcomes(names: Iterable[str], timeout: float) -> Iterator[Outcome]:
    """Try each config."""
    worker = Worker(timeout)
    known: dict[str, str] = {}
    for name in names:
        try:
            config = assembled(name)
        except Exception as error:  # noqa: BLE001 - any failure at all is what this table is about
            yield Outcome(name, "assemble", f"{type(error).__name__}: {error}")
            continue
        if "model" not in config:
            yield Outcome(name, "build", "the config has no model")
            continue
        parts = {key: config[key] for key in ("default_scope", "model")}
        key = json.dumps(parts, sort_keys=True, default=str)
        if key not in known:
            known[key] = worker.run(parts)
            if NO_MEMORY in known[key]:  # others that ran in this process may have left too little
                worker.replace()
                known[key] = worker.run(parts)
        stage, _, cause = known[key].partition(": ")
        yield Outcome(name, stage, cause)
    worker.close()


def table(results: list[Outcome]) -> str:
    """Return the page that lists what fails."""
    failures = [result for result in results if result.stage]
    page = INTRODUCTION.format(total=len(results), passed=len(results) - len(failures))
    return page + "".join(f"| `{f.config}` | {f.stage} | {_cell(f.cause)} |\n" for f in failures)


def _cell(cause: str) -> str:
    """The cause in one line, without the folders of this machine."""
    here = str(configs_of("mmdet").parents[2]) + os.sep
    line = (cause.partition(RAN)[2] or cause).partition(", the current sys.path is")[0]
    line = " ".join(line.replace(here, "").split()).replace("|", "\\|").replace("<", "&lt;")
    return line if len(line) <= 160 else line[:157] + "..."


def main() -> None:
    """Try the configs and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, metavar="N", help="N configs, evenly spread, always the same")
    parser.add_argument("--only", default="", metavar="TEXT", help="configs whose name holds this")
    parser.add_argument("--timeout", type=float, default=120, metavar="S", help="seconds for one model")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the page of failures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every outcome")
    arguments = parser.parse_args()
    names = [name for name in shipped() if arguments.only in name]
    if arguments.sample:
        names = [names[index * len(names) // arguments.sample] for index in range(arguments.sample)]
    began, results = time.monotonic(), []
    for result in outcomes(names, arguments.timeout):
        results.append(result)
        if result.stage:
            print(f"{result.config}  {result.stage}: {_cell(result.cause)}", flush=True)
    stages = Counter(result.stage or "passed" for result in results)
    said = ", ".join(f"{count} {stage}" for stage, count in stages.items())
    print(f"{len(results)} configs in {time.monotonic() - began:.0f} s: {said}")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")
    if arguments.table:
        arguments.table.write_text(table(results))


if __name__ == "__main__":
    main()

"""Trains a config into a run folder."""

from __future__ import annotations

import copy
import shlex
import time
from collections.abc import Callable, Mapping, Sized
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.launching import place
from segdet_kit.openmmlab.run_folder import RunFolder
from segdet_kit.openmmlab.runtime import build_runner, prepare

if TYPE_CHECKING:
    from mmengine.config import Config
    from torch.utils.data import DataLoader

LOG_INTERVAL = 10
"""Iterations between two lines of metrics, unless the config's LoggerHook says otherwise."""


@dataclass(frozen=True)
class TrainResult:
    """How a training ended.

    ``step``: iterations done. ``validation``: the last validation's numbers. ``best``: value and step
    of the best one. ``exit_status``: 0 at the end of training, 130 or 143 when a signal stopped it.
    """

    folder: Path
    step: int
    seconds: float
    validation: Mapping[str, float] = field(default_factory=dict)
    best: tuple[float, int] | None = None
    exit_status: int = 0


def train(
    config: Config,
    path: Path,
    *,
    recipe: str,
    check_data: Callable[[], None] | None = None,
    device: str = "auto",
    resume: bool = False,
    best_key: str | None = None,
    plugins: Mapping[str, str] | None = None,
) -> TrainResult:
    """Train into the run folder ``path``, or with ``resume`` go on where its ``last.pth`` stands.

    Started by torchrun, this is one of several processes, and the first of them checks, writes and reports.
    ``recipe`` is kept as ``recipe.py``. ``check_data``: is called before anything is built, and raises what
    stops a training. ``best_key``: the validation value, larger being better, that
    chooses ``best.pth``. ``plugins``: distributions and their versions, for the manifest.
    Raises ``KitError`` where the folder holds a run already, where there is none to resume, and
    whatever ``build_runner`` raises.
    """
    here, folder = place(), RunFolder(path)
    if here.first:
        folder.check(resume=resume)
    prepare()
    from segdet_kit.openmmlab.curves import draw
    from segdet_kit.openmmlab.manifest import describe
    from segdet_kit.openmmlab.metrics_log import MetricsLog
    from segdet_kit.openmmlab.parallel import DataParallelHook, idle_weights
    from segdet_kit.openmmlab.processes import device_of, joined
    from segdet_kit.openmmlab.progress import ProgressHook, say
    from segdet_kit.openmmlab.recording import RecordingHook
    from segdet_kit.openmmlab.saving import SavingHook
    from segdet_kit.openmmlab.state import isolated
    from segdet_kit.openmmlab.stopping import Stopped, StopRequest

    chosen = device_of(device, here)
    if check_data is not None and here.first:
        check_data()
    started = time.monotonic()
    stop = StopRequest()
    metrics = MetricsLog(folder.metrics)
    progress = ProgressHook(metrics)
    interval = (_hooks(config).get("logger") or {}).get("interval", LOG_INTERVAL)
    scope = config.default_scope
    with (
        folder.unless_begun() if here.first else nullcontext(),
        isolated(chosen, scope),
        joined(here, chosen),
        stop.listening(),
        folder.chatter(),
    ):
        runner = build_runner(_of_this_run(config, folder, resume), folder.logs)
        saving = SavingHook(folder.path, metrics, best_key, stop)
        runner.register_hook(saving)
        check_fills_a_batch(runner.train_dataloader)
        if here.count > 1:
            runner.register_hook(DataParallelHook(_finds_unused_parameters(config)))
        if here.first:
            runner.register_hook(RecordingHook(metrics, folder.curves, interval))
            runner.register_hook(progress)
            if resume:
                if not folder.last.exists():
                    metrics.rewind(0)
                folder.note_resumed()
            else:
                manifest = describe(
                    runner.train_dataloader.dataset,
                    seed=config.get("randomness", {}).get("seed"),
                    device=str(chosen),
                    processes=here.count,
                    plugins=plugins or {},
                )
                folder.begin(manifest)
            folder.write(folder.recipe, recipe)
            folder.write(folder.config, config.pretty_text)
        try:
            runner.train()
        except Stopped:
            if here.first:
                command = f"segdet-kit train {shlex.quote(str(path))} --resume"
                say(f"stopped and saved after iteration {saving.saved_step}; to go on: {command}")
        except RuntimeError as error:
            if mistake := idle_weights(error):
                raise mistake from error
            raise
        finally:
            if here.first:
                progress.close()
                draw(metrics.records, folder.curves)
        validations = [record["val"] for record in metrics.records if "val" in record]
        return TrainResult(
            folder=path,
            step=saving.saved_step,
            seconds=time.monotonic() - started,
            validation=validations[-1] if validations else {},
            best=metrics.best(best_key) if best_key else None,
            exit_status=stop.exit_status,
        )


def check_fills_a_batch(loader: DataLoader[Any]) -> None:
    """Refuse a training of no steps: the last batch is dropped unless it is full."""
    if len(loader) == 0:
        raise KitError(
            f"{len(cast(Sized, loader.dataset))} training images do not fill a batch of {loader.batch_size}",
            "lower it: --set schedule.batch_size=N; in a native config: --set train_dataloader.batch_size=N",
        )


def _of_this_run(config: Config, folder: RunFolder, resume: bool) -> Config:
    """Return the config with checkpoints left to the kit, and with the one to go on from."""
    config = copy.deepcopy(config)
    config.default_hooks = _hooks(config) | {"checkpoint": None}
    loop = config.train_cfg
    if loop.pop("by_epoch", None) or loop.get("type") == "EpochBasedTrainLoop":
        loop.type = "segdet_kit.openmmlab.loop.ResumableTrainLoop"
    if resume and folder.last.exists():
        config.resume, config.load_from = True, str(folder.last)
    return config


def _finds_unused_parameters(config: Config) -> bool:
    """Return what the config says, in either of the places that mmengine reads."""
    wrapper = config.get("model_wrapper_cfg") or {}
    return bool(wrapper.get("find_unused_parameters", config.get("find_unused_parameters", False)))


def _hooks(config: Config) -> dict[str, Any]:
    return dict(config.get("default_hooks") or {})

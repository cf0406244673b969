from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook

from segdet_kit.errors import KitError
from segdet_kit.openmmlab import checkpoint
from segdet_kit.openmmlab.training import TrainResult, train


def lines(folder: Path) -> list[dict]:
    """The metrics, without what the clock says."""
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in record.items() if key != "images_per_second"} for record in records]


def weights(folder: Path, name: str = "last.pth") -> dict[str, torch.Tensor]:
    return checkpoint.read(folder / name)["state_dict"]


def assert_same_run(folder: Path, other: Path) -> None:
    assert lines(folder) == lines(other)
    for name in ("last.pth", "best.pth"):
        ours, theirs = weights(folder, name), weights(other, name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def run(config: dict, folder: Path, **kwargs) -> TrainResult:
    return train(Config(config), folder, recipe="task = 'semantic'\n", best_key="mIoU", **kwargs)


@pytest.fixture(scope="module")
def straight(pictures, segmenter, tmp_path_factory) -> Path:
    """A training of two epochs that nothing disturbed."""
    folder = tmp_path_factory.mktemp("runs") / "straight"
    result = run(segmenter(pictures), folder)
    assert (result.exit_status, result.step) == (0, 6)
    return folder


class SignalHook(Hook):
    """Sends this process a signal during an iteration, as a terminal would."""

    def __init__(self, at: int, number: int, stage: str = "train") -> None:
        self.at, self.number, self.stage = at, number, stage

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if self.stage == "train" and runner.iter == self.at:
            os.kill(os.getpid(), self.number)

    def before_val_iter(self, runner, batch_idx, data_batch=None):
        if self.stage == "val" and runner.iter == self.at:
            os.kill(os.getpid(), self.number)


@pytest.fixture
def signalled(monkeypatch):
    """A hook that plugs into configs by a bare name."""
    from mmengine.registry import HOOKS

    monkeypatch.setitem(HOOKS._module_dict, "SignalHook", SignalHook)
    return lambda **kwargs: [{"type": "SignalHook", **kwargs}]


def test_a_run_folder_tells_what_was_trained_and_how(straight, segmenter, pictures):
    names = {path.name for path in straight.iterdir()}
    assert names == {
        "recipe.py",
        "config.py",
        "manifest.json",
        "metrics.jsonl",
        "curves.png",
        "last.pth",
        "best.pth",
        "logs",
    }
    assert (straight / "recipe.py").read_text() == "task = 'semantic'\n"
    assert Config.fromfile(straight / "config.py").to_dict() == Config(segmenter(pictures)).to_dict()
    manifest = json.loads((straight / "manifest.json").read_text())
    assert manifest["seed"] == 7
    assert manifest["device"] == "cpu"
    assert manifest["data"]["images"] == 6
    assert manifest["packages"]["torch"] == torch.__version__.partition("+")[0]


def test_metrics_have_a_line_each_interval_each_epochs_end_and_each_validation(straight):
    found = lines(straight)
    assert [(line["step"], line["epoch"], "val" in line) for line in found] == [
        (2, 1, False),
        (3, 1, False),
        (3, 1, True),
        (5, 2, False),
        (6, 2, False),
        (6, 2, True),
    ]
    assert all(line["loss"] > 0 and line["lr"] > 0 for line in found if "val" not in line)
    assert set(found[2]["val"]) == {"aAcc", "mIoU", "mAcc"}


def test_the_learning_rate_that_is_written_is_that_of_the_schedule(pictures, segmenter, tmp_path):
    config = segmenter(pictures)
    config["optim_wrapper"]["paramwise_cfg"] = {"custom_keys": {"backbone": {"lr_mult": 0.1}}}
    config["param_scheduler"] = []
    run(config, tmp_path / "run")
    assert {line["lr"] for line in lines(tmp_path / "run") if "lr" in line} == {1e-3}


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    straight, segmenter, pictures, tmp_path
):
    run(segmenter(pictures), tmp_path / "again")
    assert_same_run(tmp_path / "again", straight)
    other = segmenter(pictures)
    other["randomness"]["seed"] = other["train_dataloader"]["dataset"]["seed"] = 8
    run(other, tmp_path / "other")
    assert lines(tmp_path / "other") != lines(straight)


def test_loading_with_workers_gives_the_same_weights(straight, segmenter, pictures, tmp_path):
    config = segmenter(pictures)
    config["train_dataloader"] |= {"num_workers": 2, "persistent_workers": True}
    run(config, tmp_path / "run")
    assert_same_run(tmp_path / "run", straight)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_says_how_to_resume(
    number, status, straight, segmenter, signalled, pictures, tmp_path, capsys
):
    folder = tmp_path / "run"
    stopped = segmenter(pictures) | {"custom_hooks": signalled(at=3, number=int(number))}
    handlers = signal.getsignal(number)
    result = run(stopped, folder)
    assert signal.getsignal(number) is handlers
    assert result.exit_status == status
    assert f"segdet-kit train {folder} --resume" in capsys.readouterr().err
    position = checkpoint.read(folder / "last.pth")["meta"]
    assert (position["epoch"], position["iter"]) == (1, 4)

    assert run(segmenter(pictures), folder, resume=True).exit_status == 0
    assert_same_run(folder, straight)
    assert len(json.loads((folder / "manifest.json").read_text())["resumed"]) == 1


def test_averaged_weights_accumulated_gradients_and_bfloat16_survive_a_restart(
    segmenter, signalled, pictures, tmp_path
):
    def config():
        config = segmenter(pictures)
        config["runtime"] = {"precision": "bf16", "channels_last": True}
        config["optim_wrapper"]["accumulative_counts"] = 2
        config["custom_hooks"] = [{"type": "EMAHook", "ema_type": "mmdet.ExpMomentumEMA"}]
        return config

    run(config(), tmp_path / "straight")
    stopped = config()
    stopped["custom_hooks"] += signalled(at=4, number=int(signal.SIGINT))
    run(stopped, tmp_path / "run")
    assert checkpoint.read(tmp_path / "run" / "last.pth")["gradients"]
    run(config(), tmp_path / "run", resume=True)
    assert_same_run(tmp_path / "run", tmp_path / "straight")


def test_a_signal_during_validation_is_obeyed_and_the_validation_repeated(
    straight, segmenter, signalled, pictures, tmp_path
):
    folder = tmp_path / "run"
    hooks = signalled(at=3, number=int(signal.SIGINT), stage="val")
    assert run(segmenter(pictures) | {"custom_hooks": hooks}, folder).exit_status == 130
    assert [line["step"] for line in lines(folder)] == [2, 3]
    run(segmenter(pictures), folder, resume=True)
    assert_same_run(folder, straight)


def test_a_resumed_run_loads_only_what_is_left(segmenter, signalled, pictures, tmp_path, monkeypatch):
    from segdet_kit.openmmlab.sampling import SeededDataset

    stopped = segmenter(pictures) | {"custom_hooks": signalled(at=1, number=int(signal.SIGINT))}
    run(stopped, tmp_path / "run")
    loaded = []
    get = SeededDataset.__getitem__
    monkeypatch.setattr(SeededDataset, "__getitem__", lambda self, n: (loaded.append(n), get(self, n))[1])
    run(segmenter(pictures), tmp_path / "run", resume=True)
    assert loaded == list(range(4, 12))


def native(config: dict, loop: dict) -> dict:
    """A config as OpenMMLab's own are: nothing of the kit in it."""
    loader = config["train_dataloader"]
    loader["dataset"] = loader["dataset"]["dataset"]
    loader["sampler"] = {"type": "DefaultSampler", "shuffle": True}
    return config | {"train_cfg": loop}


def test_a_native_config_by_epochs_goes_on_with_the_batches_that_are_left(
    segmenter, signalled, pictures, tmp_path, monkeypatch
):
    from mmseg.datasets import BaseSegDataset

    seen: list[int] = []
    get = BaseSegDataset.__getitem__
    monkeypatch.setattr(BaseSegDataset, "__getitem__", lambda self, n: (seen.append(n), get(self, n))[1])
    loop = {"by_epoch": True, "max_epochs": 2, "val_interval": 3}
    config = native(segmenter(pictures), loop)
    for key in ("val_dataloader", "val_evaluator", "val_cfg"):
        del config[key]
    train(Config(config), tmp_path / "straight", recipe="")
    straight, seen[:] = list(seen), []
    stopped = config | {"custom_hooks": signalled(at=3, number=int(signal.SIGINT))}
    train(Config(stopped), tmp_path / "run", recipe="")
    train(Config(config), tmp_path / "run", recipe="", resume=True)
    assert seen == straight
    assert sorted(straight[:6]) == sorted(straight[6:]) == list(range(6))
    assert [line["step"] for line in lines(tmp_path / "run")] == [2, 3, 5, 6]


def test_a_native_config_by_iterations_is_resumed_too(segmenter, signalled, pictures, tmp_path):
    loop = {"type": "IterBasedTrainLoop", "max_iters": 5, "val_interval": 5}
    config = native(segmenter(pictures), loop)
    config["train_dataloader"]["sampler"]["type"] = "InfiniteSampler"
    run(config | {"custom_hooks": signalled(at=3, number=int(signal.SIGINT))}, tmp_path / "run")
    assert run(config, tmp_path / "run", resume=True).step == 5
    found = [(line["step"], line["epoch"], "val" in line) for line in lines(tmp_path / "run")]
    assert found == [(2, 1, False), (3, 1, False), (5, 2, False), (5, 2, True)]


def test_a_finished_run_can_be_resumed_and_stays_the_same(straight, segmenter, pictures, tmp_path):
    run(segmenter(pictures), tmp_path / "run")
    run(segmenter(pictures), tmp_path / "run", resume=True)
    assert_same_run(tmp_path / "run", straight)


@pytest.mark.parametrize(
    "moment",
    [
        "nothing is trained",
        "half of a line is written",
        "half of a checkpoint is written",
        "a checkpoint is written but not in place",
        "a validation is recorded",
        "an iteration is done",
    ],
)
def test_a_killed_run_resumes_to_the_same_end(moment, straight, segmenter, pictures, tmp_path):
    folder = tmp_path / "run"
    script = Path(__file__).with_name("killing.py")
    killed = subprocess.run(
        [sys.executable, script, pictures, folder, moment], capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    run(segmenter(pictures), folder, resume=True)
    assert_same_run(folder, straight)
    assert not [path for path in folder.iterdir() if path.name.endswith(".part")]


def test_a_run_is_never_overwritten(straight, segmenter, pictures):
    before = {path: path.read_bytes() for path in straight.iterdir() if path.is_file()}
    with pytest.raises(KitError, match=r"holds a run already\n.*--resume.*--work-dir"):
        run(segmenter(pictures), straight)
    assert {path: path.read_bytes() for path in before} == before


def test_there_must_be_a_run_to_resume(segmenter, pictures, tmp_path):
    with pytest.raises(KitError, match=r"no run to resume .*\n.*without --resume"):
        run(segmenter(pictures), tmp_path / "none", resume=True)


def test_an_unknown_key_for_the_best_checkpoint_names_those_that_exist(segmenter, pictures, tmp_path):
    with pytest.raises(KitError, match=r"no value 'mAP' .*\n.*aAcc, mAcc, mIoU"):
        train(Config(segmenter(pictures)), tmp_path / "run", recipe="", best_key="mAP")


def test_the_best_checkpoint_is_the_first_of_the_best(straight):
    validations = [line for line in lines(straight) if "val" in line]
    best = max(validations, key=lambda line: line["val"]["mIoU"])
    assert checkpoint.read(straight / "best.pth")["meta"]["iter"] == best["step"]

"""Several processes that train one model, with gloo on a CPU."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from torch import nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab import checkpoint
from segdet_kit.openmmlab.parallel import with_batch_norm_of
from segdet_kit.openmmlab.training import train

SCRIPT = Path(__file__).with_name("several.py")
PROCESSES = 2


def started(pictures: Path, folder: Path, what: str) -> subprocess.CompletedProcess[str]:
    """What becomes of ``several.py`` in two processes."""
    launcher = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={PROCESSES}",
    ]
    command = [*launcher, SCRIPT, pictures, folder, what]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def lines(folder: Path) -> list[dict]:
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in record.items() if key != "images_per_second"} for record in records]


def weights(folder: Path, name: str = "last.pth") -> dict[str, torch.Tensor]:
    return checkpoint.read(folder / name)["state_dict"]


@pytest.fixture(scope="module")
def straight(pictures, tmp_path_factory) -> Path:
    """A training in two processes that nothing disturbed."""
    folder = tmp_path_factory.mktemp("runs") / "straight"
    done = started(pictures, folder, "straight")
    assert done.returncode == 0, done.stderr
    return folder


def test_two_processes_learn_what_one_learns_from_batches_twice_as_large(pictures, tmp_path):
    spec = importlib.util.spec_from_file_location("several", SCRIPT)
    several = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(several)
    train(Config(several.exact(pictures, PROCESSES)), tmp_path / "one", recipe="", best_key="mIoU")
    done = started(pictures, tmp_path / "two", "exact")
    assert done.returncode == 0, done.stderr

    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert one.keys() == two.keys()
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-4, atol=1e-5)
    scores = [[line["val"] for line in lines(tmp_path / name) if "val" in line] for name in ("one", "two")]
    assert scores[1] == [pytest.approx(validation, abs=0.1) for validation in scores[0]]


def test_one_process_reports_and_writes(straight):
    names = {path.name for path in straight.iterdir()}
    assert names == {
        *("recipe.py", "config.py", "manifest.json", "metrics.jsonl", "curves.png", "last.pth", "best.pth"),
        "logs",
    }
    assert [(line["step"], line["epoch"], "val" in line) for line in lines(straight)] == [
        *((2, 1, False), (3, 1, False), (3, 1, True), (5, 2, False), (6, 2, False), (6, 2, True)),
    ]
    assert json.loads((straight / "manifest.json").read_text())["processes"] == PROCESSES
    assert not Path(".dist_test").exists()


def test_a_signal_to_one_process_stops_all_and_the_run_goes_on_as_if_undisturbed(
    straight, pictures, tmp_path
):
    folder = tmp_path / "run"
    stopped = started(pictures, folder, "stopped")
    assert f"segdet-kit train {folder} --resume" in stopped.stderr
    assert checkpoint.read(folder / "last.pth")["meta"]["iter"] == 2
    resumed = started(pictures, folder, "resumed")
    assert resumed.returncode == 0, resumed.stderr
    assert lines(folder) == lines(straight)
    for name in ("last.pth", "best.pth"):
        ours, theirs = weights(folder, name), weights(straight, name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_weights_that_no_loss_depends_on_are_told(pictures, tmp_path):
    done = started(pictures, tmp_path / "run", "idle")
    assert done.returncode != 0
    assert "the loss does not depend on some weights" in done.stderr
    assert "find_unused_parameters=True" in done.stderr


def test_a_run_goes_on_in_as_many_processes(straight, segmenter, pictures):
    with pytest.raises(KitError, match="trained by 2 processes, and there are 1"):
        train(Config(segmenter(pictures)), straight, recipe="", resume=True)


@pytest.mark.parametrize(
    ("processes", "device", "sync_bn", "found"),
    [
        (1, "cuda", None, (nn.BatchNorm2d, nn.BatchNorm2d)),
        (2, "cpu", "torch", (nn.BatchNorm2d, nn.BatchNorm2d)),
        (2, "cuda", None, (nn.SyncBatchNorm, nn.BatchNorm2d)),
        (2, "cuda", "torch", (nn.SyncBatchNorm, nn.SyncBatchNorm)),
    ],
)
def test_batch_norms_span_processes_on_gpus_where_the_config_asks(processes, device, sync_bn, found):
    model = nn.Sequential(nn.SyncBatchNorm(2), nn.BatchNorm2d(2))
    model = with_batch_norm_of(model, processes, torch.device(device), sync_bn)
    # mmengine puts a class of its own in place of SyncBatchNorm, which is one of BatchNorm2d's kin
    kinds = [nn.SyncBatchNorm if isinstance(layer, nn.SyncBatchNorm) else nn.BatchNorm2d for layer in model]
    assert tuple(kinds) == found

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.launching import NODE_LISTS, Place, place
from segdet_kit.openmmlab.state import isolated


@pytest.mark.parametrize("nodes", ["", "node1", "gpu-a[01-04,7],gpu_b.lan", "[1-3]"])
def test_what_slurm_writes_passes(monkeypatch: pytest.MonkeyPatch, nodes: str) -> None:
    monkeypatch.setenv("SLURM_NODELIST", nodes)
    with isolated():
        pass


@pytest.mark.parametrize("variable", NODE_LISTS)
@pytest.mark.parametrize(
    "nodes", ["n1; touch M #", "n1\n", "$(touch M)", "`touch M`", "-x", "n1|sh", "n1 n2"]
)
def test_nothing_else_reaches_openmmlab(monkeypatch: pytest.MonkeyPatch, variable: str, nodes: str) -> None:
    monkeypatch.setenv(variable, nodes)
    with pytest.raises(KitError, match=f"{variable} is no list of nodes"), isolated():
        pass


def test_mmengine_still_hands_the_list_to_a_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mmengine.dist import utils

    said: list[str] = []
    monkeypatch.setattr(subprocess, "getoutput", lambda command: said.append(command) or "x")
    monkeypatch.setattr(utils.torch_dist, "init_process_group", lambda **_: None)
    monkeypatch.setattr(utils.torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(utils.torch.cuda, "set_device", lambda _: None)
    for name, value in {"SLURM_PROCID": "0", "SLURM_NTASKS": "1", "SLURM_NODELIST": "n1; touch M #"}.items():
        monkeypatch.setenv(name, value)
    for name in ("MASTER_ADDR", "MASTER_PORT", "WORLD_SIZE", "LOCAL_RANK", "RANK"):
        monkeypatch.setenv(name, "1")
    utils._init_dist_slurm("gloo")
    assert said == ["scontrol show hostname n1; touch M # | head -n1"]


@pytest.mark.parametrize("said", [{}, {"WORLD_SIZE": "1"}, {"RANK": "3", "LOCAL_RANK": "nonsense"}])
def test_a_process_is_alone_unless_torchrun_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, said: dict
) -> None:
    say(monkeypatch, said)
    assert place() == Place(0, 0, 1)
    assert place().first


def test_torchrun_says_which_process_this_is(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, {"WORLD_SIZE": "4", "RANK": "3", "LOCAL_RANK": "1"})
    assert place() == Place(3, 1, 4)
    assert not place().first


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE is no number: 'two'"),
        ({"WORLD_SIZE": "2"}, "RANK is no number: ''"),
        ({"WORLD_SIZE": "2", "RANK": "-1", "LOCAL_RANK": "0"}, "RANK is no number: '-1'"),
        ({"WORLD_SIZE": "2", "RANK": "2", "LOCAL_RANK": "0"}, "no place among WORLD_SIZE=2"),
        ({"WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "1"}, "no place among WORLD_SIZE=2"),
    ],
)
def test_nonsense_in_torchruns_variables_is_refused(
    monkeypatch: pytest.MonkeyPatch, said: dict, message: str
) -> None:
    say(monkeypatch, said)
    with pytest.raises(KitError, match=message):
        place()


def say(monkeypatch: pytest.MonkeyPatch, said: dict[str, str]) -> None:
    for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)

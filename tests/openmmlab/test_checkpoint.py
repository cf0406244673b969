from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from segdet_kit.errors import CheckpointError
from segdet_kit.openmmlab import checkpoint
from segdet_kit.openmmlab.runtime import prepare


@pytest.fixture(autouse=True, scope="module")
def _prepared():
    prepare()


class Payload:
    """Runs a command when it is unpickled, as a hostile checkpoint does."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def hostile(path: Path) -> Path:
    torch.save({"state_dict": {}, "meta": Payload(path.with_name("ran"))}, path)
    return path


def readers():
    from mmengine.runner import checkpoint as stock

    return {
        "read": checkpoint.read,
        "mmengine load_checkpoint": lambda path: stock.load_checkpoint(nn.Identity(), str(path)),
        "mmengine loader": lambda path: stock.CheckpointLoader.load_checkpoint(str(path)),
        "mmengine safe load": lambda path: stock._safe_torch_load(str(path)),
        "a URL": lambda path: stock.CheckpointLoader.load_checkpoint("https://example.invalid/a.pth"),
        "init_cfg": initialise,
    }


def initialise(path):
    from mmengine.model import BaseModule

    BaseModule(init_cfg={"type": "Pretrained", "checkpoint": str(path)}).init_weights()


@pytest.mark.parametrize(
    "reader",
    ["read", "mmengine load_checkpoint", "mmengine loader", "mmengine safe load", "a URL", "init_cfg"],
)
def test_a_checkpoint_that_is_a_program_is_refused_by_every_way_to_load_one(reader, tmp_path, monkeypatch):
    path = hostile(tmp_path / "model.pth")
    monkeypatch.setattr(
        torch.hub, "download_url_to_file", lambda url, to, *a, **k: Path(to).write_bytes(path.read_bytes())
    )
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(CheckpointError, match=r"refused: it asks for (posix|nt)\.mkdir, which is code"):
        readers()[reader](path)
    assert not (tmp_path / "ran").exists()


def test_the_guard_can_be_put_up_twice():
    checkpoint.guard()
    checkpoint.guard()


def test_getattr_serves_mmengines_log_buffers_and_nothing_else(tmp_path):
    class Reach:
        def __reduce__(self):
            return getattr, (torch.Tensor, "__init__")

    torch.save({"meta": Reach()}, tmp_path / "reach.pth")
    with pytest.raises(CheckpointError, match=r"asks for getattr\(.*Tensor.*'__init__'\)"):
        checkpoint.read(tmp_path / "reach.pth")


def test_what_a_real_mmengine_checkpoint_holds_is_read(tmp_path):
    from mmengine.logging import HistoryBuffer

    buffer = HistoryBuffer([1.0, 3.0], [1, 1])
    content = {
        "state_dict": {"weight": torch.ones(2)},
        "message_hub": {"log_scalars": {"loss": buffer}},
        "meta": {"numbers": [np.float32(0.5), np.int64(3), np.arange(3), True, None], "seed": 1},
    }
    torch.save(content, tmp_path / "model.pth")
    found = checkpoint.read(tmp_path / "model.pth")
    assert found["message_hub"]["log_scalars"]["loss"].mean() == 2.0
    assert found["meta"]["numbers"][:2] == [0.5, 3]
    assert found["meta"]["numbers"][2].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_numpy_scalars_are_read_whichever_numpy_wrote_them(tmp_path, name):
    torch.save({"meta": np.float64(2.5)}, tmp_path / "a.pth", _use_new_zipfile_serialization=False)
    content = (tmp_path / "a.pth").read_bytes()
    known = b"numpy._core.multiarray" if b"numpy._core.multiarray" in content else b"numpy.core.multiarray"
    (tmp_path / "a.pth").write_bytes(content.replace(known, name.encode()))
    assert checkpoint.read(tmp_path / "a.pth")["meta"] == 2.5


def test_an_old_checkpoints_config_is_never_run(tmp_path):
    torch.save({"state_dict": {}, "meta": {"config": "raise SystemExit", "epoch": 3}}, tmp_path / "a.pth")
    assert checkpoint.read(tmp_path / "a.pth")["meta"] == {"epoch": 3}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.pth does not exist"):
        checkpoint.read(tmp_path / "none.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 broken"])
def test_a_damaged_file_is_named(tmp_path, suffix, content):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{path.name} cannot be read: "):
        checkpoint.read(path)


def test_something_that_is_no_dict_is_no_checkpoint(tmp_path):
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(CheckpointError, match="holds a dict, not a list"):
        checkpoint.read(tmp_path / "list.pth")


def test_an_open_file_is_read_too(tmp_path):
    torch.save({"weight": torch.ones(1)}, tmp_path / "a.pth")
    with (tmp_path / "a.pth").open("rb") as file:
        assert checkpoint.read(file)["weight"] == 1


def test_safetensors_load_into_a_model_and_through_mmengine(tmp_path):
    from mmengine.runner import load_checkpoint

    source, ours, stock = nn.Linear(2, 3), nn.Linear(2, 3), nn.Linear(2, 3)
    save_file(source.state_dict(), tmp_path / "model.safetensors")
    checkpoint.load_weights(ours, tmp_path / "model.safetensors")
    load_checkpoint(stock, str(tmp_path / "model.safetensors"))
    assert torch.equal(ours.weight, source.weight)
    assert torch.equal(stock.weight, source.weight)


def test_weights_saved_from_parallel_training_load(tmp_path):
    source, model = nn.Linear(2, 3), nn.Linear(2, 3)
    state = {f"module.{key}": value for key, value in source.state_dict().items()}
    torch.save({"state_dict": state, "meta": {"epoch": 4}}, tmp_path / "a.pth")
    assert checkpoint.load_weights(model, tmp_path / "a.pth") == {"meta": {"epoch": 4}}
    assert torch.equal(model.bias, source.bias)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"weight": torch.ones(3, 2)}, "1 missing: bias"),
        ({"weight": torch.ones(3, 2), "bias": torch.ones(3), "scale": torch.ones(1)}, "1 unexpected: scale"),
        (
            {"weight": torch.ones(3, 5), "bias": torch.ones(3)},
            r"1 of another shape: weight is \(3, 5\), the model's \(3, 2\)",
        ),
    ],
)
def test_weights_of_another_model_are_refused_by_naming_what_differs(tmp_path, state, message):
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match=f"weights of another model .*{message}"):
        checkpoint.load_weights(nn.Linear(2, 3), tmp_path / "a.pth")


def test_a_pickle_without_torchs_wrapping_is_refused(tmp_path):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(Payload(tmp_path / "ran")))
    with pytest.raises(CheckpointError, match=r"cannot be read|refused"):
        checkpoint.read(tmp_path / "a.pkl")
    assert not (tmp_path / "ran").exists()

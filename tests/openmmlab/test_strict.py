from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from segdet_kit.errors import CheckpointError, PolicyError
from segdet_kit.openmmlab.strict import load_safetensors, strict_registry


def build(config: dict[str, Any]) -> Any:
    from mmengine.registry import MODELS

    with strict_registry(), MODELS.switch_scope_and_registry("mmdet") as registry:
        return registry.build(config)


def test_registered_classes_and_components_are_built() -> None:
    assert type(build({"type": "mmdet.L1Loss"})).__name__ == "L1Loss"
    resnet = {"type": "segdet_kit.builtin.backbones.resnet.ResNet", "depth": 18, "out_indices": [0]}
    assert build(resnet).training


@pytest.mark.parametrize(
    "name", ["os.path.join", "subprocess.Popen", "json", "segdet_kit.commands.show.show"]
)
def test_nothing_else_is_found(name: str) -> None:
    with pytest.raises(PolicyError, match=f"'{name}' is neither registered nor an installed component"):
        build({"type": name})


def test_no_module_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "stranger"
    package.mkdir()
    for name in ("__init__.py", "registry.py"):
        (package / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PolicyError, match=r"'stranger\.Model' is neither registered"):
        build({"type": "stranger.Model"})
    build({"type": "L1Loss", "_scope_": "stranger"})  # mmengine warns, and looks where it is
    assert "stranger" not in sys.modules
    assert not (tmp_path / "ran").exists()


def test_another_error_of_a_lookup_keeps_its_own_words() -> None:
    with pytest.raises(RuntimeError, match="of its own"), strict_registry():
        raise RuntimeError("of its own")


def test_mmengine_is_as_before_at_the_end() -> None:
    from mmengine.registry import registry

    before = registry.get_object_from_string, registry.import_module
    with pytest.raises(ValueError, match="x"), strict_registry(), strict_registry():
        raise ValueError("x")
    assert (registry.get_object_from_string, registry.import_module) == before


def test_weights_must_fit(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 3)
    path = tmp_path / "w.safetensors"
    save_file({"weight": torch.ones(3, 2), "bias": torch.ones(3)}, path)
    load_safetensors(model, path)
    assert model.weight.eq(1).all()
    with path.open("rb") as file:
        load_safetensors(torch.nn.Linear(2, 3), file.fileno())
        with pytest.raises(
            CheckpointError, match=r"the weights holds the weights of another model .*another shape"
        ):
            load_safetensors(torch.nn.Linear(3, 3), file.fileno())
    save_file({"weight": torch.ones(3, 2), "other": torch.ones(3)}, path)
    with pytest.raises(CheckpointError, match=r"1 missing: bias; 1 unexpected: other"):
        load_safetensors(model, path)

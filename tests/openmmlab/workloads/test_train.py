from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.workloads import open_workload
from segdet_kit.openmmlab.workloads.train import Train
from segdet_kit.workload import Spec


def opened(config: dict[str, Any], checkpoint: Path | None = None, **said: Any) -> Train:
    workload = open_workload(Spec("it", mode="train", **{"batch_size": 2, **said}), config, checkpoint)
    assert isinstance(workload, Train)
    return workload


def weights_of(workload: Train) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in workload.model.parameters()])


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("model", ["detector_config", "segmenter_config"])
def test_a_step_trains_and_is_told_by_stages_that_add_up(model: str, request: pytest.FixtureRequest) -> None:
    workload = opened(request.getfixturevalue(model))
    assert workload.images_per_step == 2
    before = weights_of(workload)
    seconds = dict(workload.step())
    total = seconds.pop("total")
    assert list(seconds) == ["data", "forward", "backward", "optimiser"]
    assert sum(seconds.values()) == total
    assert not torch.equal(weights_of(workload), before)


class Told(torch.nn.Module):
    """Trains by nothing but a note of its call."""

    def __init__(self, model: Any, loader: Any) -> None:
        super().__init__()
        self.calls = 0

    def train_step(self, model: Any, data: Any, optim_wrapper: Any) -> dict[str, Any]:
        self.calls += 1
        return {}


def test_a_recipes_method_is_what_is_measured(
    segmenter_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmengine.registry import MODELS

    monkeypatch.setitem(MODELS._module_dict, "Told", Told)
    workload = opened(
        {**segmenter_config, "train_cfg": {**segmenter_config["train_cfg"], "method": {"type": "Told"}}}
    )
    workload.step()
    assert workload._train_step.func.__self__.calls == 1


def test_epochs_follow_each_other(detector_config: dict[str, Any]) -> None:
    workload = opened(detector_config)
    for _ in range(4):  # three batches are an epoch
        assert workload.step()["total"] > 0


def test_training_starts_at_the_weights_that_are_given(
    detector_config: dict[str, Any], weights: Path
) -> None:
    state = torch.load(weights, weights_only=True)["state_dict"]
    workload = opened(detector_config, weights)
    name, parameter = next(iter(workload.model.named_parameters()))
    assert torch.equal(parameter, state[name])
    assert workload.facts["weights"] == str(weights)


def test_the_facts_tell_how_it_trains(detector_config: dict[str, Any]) -> None:
    facts = opened(detector_config, precision="bf16").facts
    assert facts["precision"] == "bf16"
    assert facts["parameters"] > 0
    assert "not measured" in facts["notes"][0]


def test_a_runtime_does_not_train(detector_config: dict[str, Any]) -> None:
    with pytest.raises(KitError, match="runtime 'onnxruntime' predicts, and does not train"):
        opened(detector_config, runtime="onnxruntime")


def test_too_few_images_for_a_batch_are_refused(detector_config: dict[str, Any]) -> None:
    config = detector_config | {"train_dataloader": detector_config["train_dataloader"] | {"drop_last": True}}
    with pytest.raises(KitError, match="6 training images do not fill a batch of 8"):
        opened(config, batch_size=8)

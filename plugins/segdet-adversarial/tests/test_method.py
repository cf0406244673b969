"""One step of a small segmenter with its discriminator."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS
from mmengine.runner import Runner
from segdet_adversarial.method import Adversarial
from segdet_adversarial.segmenter import labels_of, supervised
from torch import nn

from segdet_kit import KitError
from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.openmmlab.sampling import seeded
from segdet_kit.openmmlab.state import isolated
from segdet_kit.recipe import make_recipe


@pytest.fixture(scope="module", autouse=True)
def mmseg() -> Iterator[None]:
    with isolated("cpu", "mmseg"), seeded(0, 0):
        yield


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A thin FCN with dropout and an auxiliary head, its loader, a batch, and a folder of the same images."""
    root = tmp_path_factory.mktemp("shapes") / "made"
    data = {"type": "shapes", "root": str(root), "image_size": 64, "train": 4, "val": 1, "test": 1}
    recipe = {
        "task": "semantic",
        "data": data,
        "image_size": 64,
        "backbone": {"type": "resnet18", "base_channels": 8},
        "head": {"type": "fcn", "channels": 8, "num_convs": 1},
        "augmentations": ["flip", {"type": "rotate", "degrees": 40.0, "prob": 1.0}],
        "schedule": {"batch_size": 2},
    }
    config = Config(assemble(make_recipe(recipe), installed()).config)
    loader = Runner.build_dataloader(config.train_dataloader, seed=0)
    model = MODELS.build(config.model)
    batch = next(iter(loader))
    return SimpleNamespace(model=model.train(), loader=loader, batch=batch, images=root / "images" / "train")


@pytest.fixture
def model(prepared: SimpleNamespace) -> Any:
    return copy.deepcopy(prepared.model)


def step(method: Adversarial, model: Any, prepared: SimpleNamespace, lr: float = 0.1) -> dict[str, Any]:
    wrapper = build_optim_wrapper(model, {"type": "OptimWrapper", "optimizer": {"type": "SGD", "lr": lr}})
    return method.train_step(model, copy.deepcopy(prepared.batch), wrapper)


def weights(module: nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def test_the_supervised_losses_are_the_models_own(model: Any, prepared: SimpleNamespace) -> None:
    batch = model.data_preprocessor(copy.deepcopy(prepared.batch), True)
    with seeded(0, 1):
        logits, losses = supervised(model, batch)
    with seeded(0, 1):
        own = model(**batch, mode="loss")
    assert losses.keys() == own.keys()
    assert {"decode.loss_ce", "aux.loss_ce"} <= own.keys()
    assert all(torch.equal(losses[name], own[name]) for name in own)
    assert logits.shape == (2, 5, 64, 64)


def test_the_loss_is_the_models_and_the_weighted_verdict(model: Any, prepared: SimpleNamespace) -> None:
    method = Adversarial(model, prepared.loader, weight=0.5, channels=4)
    batch = model.data_preprocessor(copy.deepcopy(prepared.batch), True)
    labels, known = labels_of(model, batch)
    assert not known.all()  # what the rotation let in
    with seeded(0, 1), torch.no_grad():
        logits, losses = supervised(copy.deepcopy(model), batch)
        verdicts = method.discriminator(logits.softmax(1) * known.unsqueeze(1)).sigmoid()
        truth = torch.stack([labels == label for label in range(5)], 1).float()
        true_verdicts = method.discriminator(truth).sigmoid()
    adversarial = 0.5 * -verdicts[known].log().mean()
    discriminating = -true_verdicts[known].log().mean() - (1 - verdicts[known]).log().mean()
    with seeded(0, 1):
        logged = step(method, model, prepared)
    torch.testing.assert_close(logged["loss_adversarial"], adversarial)
    torch.testing.assert_close(logged["loss_discriminator"], discriminating)
    total = losses["decode.loss_ce"] + losses["aux.loss_ce"] + adversarial
    torch.testing.assert_close(logged["loss"], total)


def test_each_optimiser_changes_its_own_weights_alone(model: Any, prepared: SimpleNamespace) -> None:
    method = Adversarial(model, prepared.loader, weight=1.0, channels=4)
    net = method.discriminator
    segmenter, judge = weights(model), weights(net)
    step(method, model, prepared, lr=1e-30)  # too little to change a weight
    assert torch.allclose(weights(model), segmenter, rtol=0, atol=1e-20)
    assert not torch.equal(weights(net), judge)

    still = Adversarial(model, prepared.loader, weight=1.0, channels=4, lr=0.0)
    judge = weights(still.discriminator)
    step(still, model, prepared)
    assert not torch.equal(weights(model), segmenter)
    assert torch.equal(weights(still.discriminator), judge)
    assert all(parameter.requires_grad for parameter in still.parameters())


def test_the_adversarial_loss_alone_moves_the_segmenter(model: Any, prepared: SimpleNamespace) -> None:
    """With weight 0 and with weight 100 the same step leads elsewhere."""
    other = copy.deepcopy(model)
    for each, weight in ((model, 0.0), (other, 100.0)):
        with seeded(0, 1):
            step(Adversarial(each, prepared.loader, weight=weight, channels=4), each, prepared)
    assert not torch.allclose(weights(model), weights(other))


def test_its_learning_rate_falls_with_the_segmenters(model: Any, prepared: SimpleNamespace) -> None:
    method = Adversarial(model, prepared.loader, lr=1e-3, channels=4)
    wrapper = build_optim_wrapper(model, {"type": "OptimWrapper", "optimizer": {"type": "SGD", "lr": 0.1}})
    wrapper.param_groups[0].update(initial_lr=0.1, lr=0.025)
    method.train_step(model, copy.deepcopy(prepared.batch), wrapper)
    assert method.optimizer.param_groups[0]["lr"] == pytest.approx(2.5e-4)


def test_unlabelled_images_teach_after_so_many_steps(model: Any, prepared: SimpleNamespace) -> None:
    unlabelled: dict[str, Any] = {"unlabelled": str(prepared.images), "channels": 4}
    method = Adversarial(model, prepared.loader, semi_after=1, threshold=0.0, **unlabelled)
    assert "loss_self_taught" not in step(method, model, prepared)
    with seeded(0, 1):
        logged = step(method, model, prepared)
    assert 0 < logged["loss_self_taught"] <= 0.1 * math.log(5)  # of the most probable of five classes
    # A discriminator that knows nothing yet gives both answers the same probability.
    assert float(logged["loss_unlabelled"].detach()) == pytest.approx(0.001 * math.log(2), rel=0.1)
    parts = ("decode.loss_ce", "aux.loss_ce", "loss_adversarial", "loss_self_taught", "loss_unlabelled")
    torch.testing.assert_close(logged["loss"], sum(logged[name] for name in parts))
    wary = Adversarial(model, prepared.loader, semi_after=0, threshold=0.99, **unlabelled)
    assert step(wary, model, prepared)["loss_self_taught"] == 0


def test_batches_without_labels_depend_on_their_number_alone(prepared: SimpleNamespace) -> None:
    from segdet_adversarial.unlabelled import UnlabelledBatches

    through, late = (UnlabelledBatches(str(prepared.images), prepared.loader) for _ in range(2))
    straight = [through.batch(number) for number in range(4)]
    for number in (2, 3):
        resumed = late.batch(number)
        for one, other in zip(resumed["inputs"], straight[number]["inputs"], strict=True):
            assert torch.equal(one, other)
    paths = [sample.img_path for batch in straight for sample in batch["data_samples"]]
    assert sorted(paths[:4]) == sorted(paths[4:]) == sorted(map(str, prepared.images.iterdir()))
    blank = torch.stack([sample.gt_sem_seg.data for sample in straight[0]["data_samples"]])
    assert set(blank.unique().tolist()) == {0, 255}  # in the image, and what its rotation let in


def test_a_folder_without_images_is_refused(
    model: Any, prepared: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_DATA", str(tmp_path))
    (tmp_path / "empty").mkdir()
    for name in ("empty", "missing"):
        with pytest.raises(KitError, match=rf"no unlabelled images: .*{name}.*\n.*SEGDET_DATA"):
            Adversarial(model, prepared.loader, unlabelled=name)


def test_a_decoder_of_another_loss_is_refused(prepared: SimpleNamespace) -> None:
    with pytest.raises(KitError, match=r"one map of logits, and Linear has another\n.*fcn, segformer"):
        Adversarial(SimpleNamespace(decode_head=nn.Linear(1, 1)), prepared.loader)


def test_a_decoder_of_one_channel_is_refused(model: Any, prepared: SimpleNamespace) -> None:
    model.decode_head.out_channels = 1
    with pytest.raises(KitError, match=r"two classes at least"):
        Adversarial(model, prepared.loader)

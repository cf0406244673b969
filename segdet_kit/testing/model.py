"""A small model around a component, and a batch of generated shapes, assembled as a recipe is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from segdet_kit.assemble import assemble
from segdet_kit.catalog import Catalog
from segdet_kit.components import Head, Task
from segdet_kit.plugins import Discovery, Offer, Provider
from segdet_kit.recipe import make_recipe
from segdet_kit.testing.subject import Subject
from segdet_kit.testing.thin import THIN

SIZE = 64


@dataclass(frozen=True)
class Trial:
    """A model in training mode, a batch to learn from and one to predict on; ``classes`` in number.

    ``loader``: of the training data, whose files are gone.
    """

    model: Any
    loader: Any
    training: Any
    testing: Any
    classes: int


def make_trial(subject: Subject, head: Head, task: Task, /, **settings: Any) -> Trial:
    """Assemble a recipe of this head and build it, inside ``openmmlab``. ``settings``: more of its keys."""
    from mmengine.config import Config
    from mmengine.registry import MODELS
    from mmengine.runner import Runner

    with TemporaryDirectory() as folder:
        data = {"type": "shapes", "root": str(Path(folder, "shapes")), "image_size": SIZE}
        recipe = make_recipe(
            {
                "task": task,
                "data": {**data, "train": 2, "val": 1, "test": 2},
                "image_size": SIZE,
                **({"backbone": THIN.name} if head.strides else {}),
                "head": head.name,
                "schedule": {"epochs": 1, "batch_size": 2},
                **settings,
            }
        )
        config = Config(assemble(recipe, with_thin(subject.catalog)).config)
        loaders = [
            Runner.build_dataloader(config[f"{split}_dataloader"], seed=0) for split in ("train", "test")
        ]
        training, testing = (next(iter(loader)) for loader in loaders)
    model = MODELS.build(config.model)
    model.init_weights()
    model.train()
    return Trial(model, loaders[0], training, testing, classes=5 if task in ("semantic", "panoptic") else 4)


def with_thin(catalog: Catalog) -> Catalog:
    """Return the registry with the thin backbone added."""
    thin = Offer(THIN, Provider("conformance", "segdet-kit", "0"))
    return Catalog(Discovery((*catalog.offers, thin), catalog.failures, catalog.disabled))


def learn(trial: Trial) -> dict[str, Any]:
    """Return the losses of the training batch by name, each a tensor or a list of them."""
    batch = trial.model.data_preprocessor(trial.training, True)
    losses: dict[str, Any] = trial.model(**batch, mode="loss")
    return losses

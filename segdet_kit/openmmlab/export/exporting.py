"""Writing a model for other runtimes, and checking what was written before anybody sees it."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segdet_kit.artifact import CONFIG, MANIFEST, sha256, suffixes
from segdet_kit.components import Exporter
from segdet_kit.errors import KitError
from segdet_kit.files import folder_written_whole
from segdet_kit.openmmlab.export import accuracy, agreement
from segdet_kit.openmmlab.export.graph import ExporterTarget, Graph, Run
from segdet_kit.openmmlab.export.trace import AXES
from segdet_kit.openmmlab.spread import spread

IMAGES = 4
"""Of the test split, spread evenly over it, on which artifact and model are compared."""
CALIBRATION = 128
"""Images of the training split at most, spread evenly over it, by which a network is quantised."""
STEP = 32
"""By which images are enlarged to try other sizes: models that do not pad need multiples of their strides."""
TRACED = (288, 352)
"""Height and width of the images that are traced where the size is free: two pixels or more at stride 128."""


class Export:
    """A model with a few real images, ready to be written in any format.

    ``fixed_size``: trace it for the size of the first image alone. Raises ``KitError`` for a config without a
    test split, for one whose preprocessing gives no bytes, and for a model that cannot be exported; and what
    building a model and loading weights raise.
    """

    def __init__(self, config: Mapping[str, Any], checkpoint: Path, fixed_size: bool) -> None:
        from segdet_kit.openmmlab.runtime import build_model, prepare

        prepare()
        from mmengine.config import Config
        from mmengine.registry import DATASETS

        from segdet_kit.openmmlab.export.families import graph_module
        from segdet_kit.openmmlab.preflight import check_types

        self.settings = Config(dict(config))
        loader = self.settings.get("test_dataloader")
        if not loader:
            raise KitError("the config has no test_dataloader", "an export is checked on its images")
        check_types({"default_scope": self.settings.default_scope, "test_dataloader": loader})
        self.model: Any = build_model(self.settings, checkpoint, "cpu")
        with self._isolated(), redirect_stdout(sys.stderr):
            self.dataset = DATASETS.build(loader.dataset)
            self.samples = [self.dataset[number] for number in spread(len(self.dataset), IMAGES)]
            self.classes = tuple(self.dataset.metainfo["classes"])
        first = self.samples[0]["inputs"]
        if first.dtype != torch.uint8:
            raise KitError(
                f"the preprocessing of this config makes {first.dtype}, and an exported model takes bytes",
                "leave out the steps of test_dataloader.dataset.pipeline that compute with fractions",
            )
        self.module: Any = graph_module(self.model)
        self.said = self._describe(loader.dataset, dynamic=(0,) if fixed_size else (0, 1, 2))
        self.graph = Graph(
            module=self.module,
            # What is traced on one image, or on maps of one pixel, is taken to be for one alone.
            images=_batch(first if fixed_size else _grown(first, *TRACED), 2),
            outputs=self.module.outputs,
            dynamic=(0,) if fixed_size else (0, 1, 2),
            metadata={f"segdet_kit.{key}": json.dumps(value) for key, value in self.said.items()},
            calibration=lambda: self._training_images,
        )

    def write(self, exporter: Exporter, folder: Path) -> dict[str, Any]:
        """Write ``folder`` and return its manifest. Raises ``KitError``, and leaves nothing, where the folder
        exists, the exporter cannot write the model, or the artifact disagrees with torch or scores lower.
        """
        if folder.exists():
            raise KitError(f"{folder} exists already", "export to another folder, or remove it")
        from segdet_kit.openmmlab import runtimes
        from segdet_kit.openmmlab.manifest import packages

        target: ExporterTarget = runtimes.make(exporter)
        with folder_written_whole(folder) as aside, self._isolated(), redirect_stdout(sys.stderr):
            target.write(self.graph, aside)
            files = {
                path.relative_to(aside).as_posix(): sha256(path)
                for path in sorted(aside.rglob("*"))
                if path.is_file()
            }
            what = f"the files of {exporter.name}"
            runtime = runtimes.choose(exporter.runtime, suffixes(files), what, self.module.task)
            running: runtimes.ArtifactRuntime = runtimes.make(runtime)
            run = running.load(aside, runtimes.device_of(runtime, "auto"))
            manifest = {
                "format": exporter.name,
                "runtime": runtime.name,
                "precision": exporter.precision,
                **self.said,
                "agreement": self._agreement(_explained(run, exporter.name), exporter),
                "accuracy": self._accuracy(_explained(run, exporter.name), exporter),
                "calibration": {"images": len(self._training_images) if exporter.precision == "int8" else 0},
                "packages": packages(),
                "files": files,
            }
            (aside / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
            (aside / CONFIG).write_text(self.settings.pretty_text, encoding="utf-8")
        return manifest

    def _isolated(self) -> AbstractContextManager[torch.device]:
        from segdet_kit.openmmlab.state import isolated

        return isolated("cpu", self.settings.default_scope)

    def _describe(self, dataset: Any, dynamic: tuple[int, ...]) -> dict[str, Any]:
        """What travels in the manifest, and inside the artifact where there is room."""
        height, width = self.samples[0]["inputs"].shape[1:]
        return {
            "task": self.module.task,
            "classes": list(self.classes),
            "input": {
                "name": "images",
                "dtype": "uint8",
                "layout": "NHWC",
                "channels": "RGB",
                "size": [height, width],
                "dynamic": [AXES[axis] for axis in dynamic],
            },
            "outputs": list(self.module.outputs),
            "preprocessing": preprocessing(dataset),
            "thresholds": self.module.thresholds,
            "finishing": self.module.finishing,
        }

    @cached_property
    def _training_images(self) -> list[Tensor]:
        """Images of the training split as testing prepares them, RGB (1, H, W, 3): no augmentation."""
        from mmengine.registry import DATASETS

        said = (self.settings.get("train_dataloader") or {}).get("dataset")
        while said and not said.get("pipeline"):
            said = said.get("dataset") or next(iter(said.get("datasets") or ()), None)
        if not said:
            return []
        pipeline = self.settings.test_dataloader.dataset.pipeline
        dataset = DATASETS.build({**said, "pipeline": pipeline})
        numbers = spread(len(dataset), CALIBRATION)
        images = [_batch(dataset[number]["inputs"], 1) for number in numbers]
        size = self.graph.images.shape[1:]
        return [image for image in images if 1 in self.graph.dynamic or image.shape[1:] == size]

    @cached_property
    def _scores(self) -> dict[str, float]:
        """Those of torch on a sample of the test split; none where the config has no evaluator."""
        return self._score(self.model)

    def _score(self, model: Any) -> dict[str, float]:
        evaluator = self.settings.get("test_evaluator")
        return accuracy.score(model, self.dataset, evaluator) if evaluator else {}

    def _accuracy(self, run: Run, exporter: Exporter) -> dict[str, Any]:
        """Compare the artifact's scores with torch's, and raise ``KitError`` where they are lower."""
        from segdet_kit.openmmlab.export.served import Served

        served = Served(run, self.module.outputs, self.module.finishing)
        scores = accuracy.compared(self._scores, self._score(served))
        accuracy.require(scores, exporter.name, needed=exporter.precision == "int8")
        return {
            "images": len(spread(len(self.dataset), accuracy.IMAGES)),
            "scores": {name: {"torch": ours, "artifact": theirs} for name, (ours, theirs) in scores.items()},
            "tolerance": accuracy.DROP,
        }

    def _agreement(self, run: Run, exporter: Exporter) -> dict[str, Any]:
        """Compare the artifact with torch, and raise ``KitError`` where they differ."""
        errors: dict[str, float] = dict.fromkeys(self.module.compared, 0.0)
        tolerance = agreement.TOLERANCES[exporter.precision]
        for images in self._trials():
            with torch.no_grad():
                expected = self.module(images)
            found = run(images.numpy())
            for output, ours, theirs in zip(self.module.outputs, expected, found, strict=True):
                if output in errors:
                    gap = agreement.output_error(ours.numpy(), theirs)
                    errors[output] = max(errors[output], gap)
        found_same = [self._same(run, sample, tolerance) for sample in self.samples]
        agreement.require(
            list(errors.values()), [same.share for same in found_same], tolerance, exporter.name
        )
        for same in found_same:
            for output, error in same.errors.items():
                errors[output] = max(errors.get(output, 0.0), error)
        return {
            "images": len(self.samples),
            "max_error": errors,
            "tolerance": asdict(tolerance),
            "same_predictions": min(same.share for same in found_same),
            "compared": sum(same.count for same in found_same),
        }

    def _trials(self) -> Iterator[Tensor]:
        """The real images, one by one; and where the size is free, some in other sizes and numbers."""
        for sample in self.samples:
            yield _batch(sample["inputs"], 1)
        first = self.samples[0]["inputs"]
        yield _batch(first, 3)
        if 1 in self.graph.dynamic:
            height, width = first.shape[1:]
            yield _batch(_grown(first, height + STEP, width), 2)
            yield _batch(_grown(first, height, width + 2 * STEP), 1)

    def _same(self, run: Run, sample: Mapping[str, Any], tolerance: agreement.Tolerance) -> agreement.Same:
        """Compare the final predictions of artifact and model on one image."""
        from segdet_kit.openmmlab.conversion import prediction
        from segdet_kit.openmmlab.export.served import Served

        served = Served(run, self.module.outputs, self.module.finishing)
        results = []
        for model in (self.model, served):
            batch = {"inputs": [sample["inputs"]], "data_samples": [copy.deepcopy(sample["data_samples"])]}
            with torch.inference_mode():
                results.append(prediction(model.test_step(batch)[0], len(self.classes)))
        expected, found = results
        return agreement.same(expected, found, tolerance)


def preprocessing(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the config's steps from an image as it is viewed to the bytes that a model is given."""
    steps = [dict(step) for step in dataset["pipeline"]]
    return [step for step in steps if not str(step["type"]).rpartition(".")[2].startswith(("Load", "Pack"))]


def _grown(pixels: Tensor, height: int, width: int) -> Tensor:
    """Repeat an image (3, H, W) to at least this size."""
    rows, columns = -(-height // pixels.shape[1]), -(-width // pixels.shape[2])
    tiled = pixels.repeat(1, rows, columns)
    return tiled[:, : max(height, pixels.shape[1]), : max(width, pixels.shape[2])]


def _explained(run: Run, name: str) -> Run:
    """Let what fails in a runtime say on which images."""

    def explained(images: npt.NDArray[np.uint8]) -> Sequence[npt.NDArray[Any]]:
        try:
            return run(images)
        except Exception as error:
            size = " x ".join(str(length) for length in images.shape[:3])
            lines = str(error).strip().splitlines() or [""]
            raise KitError(
                f"the {name} artifact fails on {size} pixels: {type(error).__name__}: {lines[0]}",
                "some heads need larger images; or write it for this size alone: --fixed-size",
            ) from error

    return explained


def _batch(pixels: Tensor, images: int) -> Tensor:
    """From BGR (3, H, W) to so many RGB (N, H, W, 3), each other one mirrored."""
    image = pixels.flip(0).permute(1, 2, 0)
    return torch.stack([image.flip(1) if number % 2 else image for number in range(images)])

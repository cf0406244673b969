"""From image files to results, as ``segdet-kit predict`` goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.evaluation import evaluate
from segdet_kit.openmmlab.predictor import Predictor
from segdet_kit.openmmlab.state import choose_device
from segdet_kit.openmmlab.workloads.clock import Clock, timer_of
from segdet_kit.openmmlab.workloads.facts import common_facts, model_facts, runtime_facts
from segdet_kit.openmmlab.workloads.pictures import Batches, pictures
from segdet_kit.openmmlab.workloads.split import split_inference
from segdet_kit.workload import Spec


class Infer:
    """Stages: ``data`` reads, decodes and transforms files, ``preprocess`` collates, copies to the device,
    normalises and pads, ``forward`` is the network, ``postprocess`` ends with plain results on the host.
    """

    def __init__(self, spec: Spec, config: Mapping[str, Any], checkpoint: Path | None) -> None:
        self._spec, self._config, self._checkpoint = spec, config, checkpoint
        self._paths = pictures(config)
        self._batches = Batches(self._paths, spec.batch_size)
        self._predictor = Predictor(config, checkpoint, spec.device, spec.runtime, spec.precision)
        self._clock = Clock(timer_of(choose_device(spec.device)))
        self._equal_sizes = config["default_scope"] == "mmseg"
        self.images_per_step = spec.batch_size
        split_inference(self._predictor.model, self._clock)

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What is known of the target. Builds another model: read it after memory was measured."""
        spec, checkpoint = self._spec, self._checkpoint
        sample = self._predictor.load(self._paths[0])[1]
        facts = {
            **common_facts(spec),
            **runtime_facts(spec, checkpoint),
            **model_facts(self._config, checkpoint, sample),
            "images": len(self._paths),
            "size": list(sample["inputs"].shape[1:]),
        }
        if checkpoint and spec.with_accuracy:
            scores = evaluate(self._config, checkpoint, spec.device, spec.runtime, spec.precision)
            facts["accuracy"] = dict(scores.metrics)
        return facts

    def step(self) -> Mapping[str, float]:
        """Predict on the next batch. Raises ``KitError`` for a batch that the model cannot take."""
        self._clock.start("data")
        samples = [self._predictor.load(path)[1] for path in next(self._batches)]
        if self._equal_sizes:
            _check_sizes(samples)
        self._clock.begin("preprocess")
        self._predictor.predict(samples)
        return self._clock.stop()


def _check_sizes(samples: Sequence[Mapping[str, Any]]) -> None:
    """mmseg's models take batches of equal images only, where they are not trained."""
    sizes = {tuple(sample["inputs"].shape[1:]) for sample in samples}
    if len(sizes) > 1:
        raise KitError(
            f"a batch of {len(samples)} images has {len(sizes)} sizes, and segmenters test one at a time",
            "measure with --batch-size 1",
        )

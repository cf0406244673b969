"""Training by epochs that can begin in the middle of one, and by a method of a plugin's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.runner import EpochBasedTrainLoop

from segdet_kit.openmmlab.feeding import fed
from segdet_kit.openmmlab.method import MethodHook, TrainingMethod, build_method
from segdet_kit.openmmlab.sampling import seeded


class ResumableTrainLoop(EpochBasedTrainLoop):
    """mmengine's loop by epochs, which starts where the runner's ``epoch`` and ``iter`` say.

    The stock loop begins a resumed epoch anew. This one leaves out the batches that were trained on
    already, without loading them. An epoch of which every iteration is done, but which is not closed,
    is closed: its hooks and its validation run.

    ``method``: the config of a ``TrainingMethod``, whose train step takes the place of the model's.
    """

    def __init__(
        self, runner: Any, dataloader: Any, method: dict[str, Any] | None = None, **schedule: Any
    ) -> None:
        super().__init__(runner, dataloader, **schedule)
        self.method: TrainingMethod | None = None
        if method is not None:
            with seeded(runner.seed, 0):  # the model's weights are drawn as they are without a method
                self.method = build_method(method, runner.model, self.dataloader)
            runner.register_hook(MethodHook(self.method))
        # Starting an iterator draws a seed for its workers: by default from the generator that also
        # makes dropout, which would then differ after a restart.
        self.dataloader.generator = torch.Generator()
        self._batches = _Batches(self.dataloader.batch_sampler)
        # A DataLoader lets nobody replace its sampler, lest an iterator be running. None is yet.
        object.__setattr__(self.dataloader, "batch_sampler", self._batches)

    def run_epoch(self) -> None:
        """Run what is left of the current epoch."""
        self.runner.call_hook("before_train_epoch")
        self.runner.model.train()
        done = self._iter - self._epoch * len(self.dataloader)
        if done < len(self.dataloader):
            self._batches.first = done
            batches = fed(self.dataloader, torch.device(get_device()))
            for idx, data_batch in enumerate(batches, start=done):
                self.run_iter(idx, data_batch)
        self.runner.call_hook("after_train_epoch")
        self._epoch += 1

    def run_iter(self, idx: int, data_batch: Any) -> None:
        """Train on one batch."""
        model, optim_wrapper = self.runner.model, self.runner.optim_wrapper
        self.runner.call_hook("before_train_iter", batch_idx=idx, data_batch=data_batch)
        if self.method is None:
            outputs = model.train_step(data_batch, optim_wrapper=optim_wrapper)
        else:
            outputs = self.method.train_step(model, data_batch, optim_wrapper)
        self.runner.call_hook("after_train_iter", batch_idx=idx, data_batch=data_batch, outputs=outputs)
        self._iter += 1


class _Batches:
    """A batch sampler of which the next pass, and only that one, leaves out the ``first`` batches."""

    def __init__(self, batch_sampler: Any) -> None:
        self.batch_sampler = batch_sampler
        self.first = 0

    def __iter__(self) -> Iterator[list[int]]:
        first, self.first = self.first, 0
        return islice(self.batch_sampler, first, None)

    def __len__(self) -> int:
        return len(self.batch_sampler)

    @property
    def sampler(self) -> Any:
        """The sampler inside, which mmengine's hook tells the epoch."""
        return self.batch_sampler.sampler

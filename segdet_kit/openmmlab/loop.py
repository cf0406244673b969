"""Training by epochs that can begin in the middle of one."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.runner import EpochBasedTrainLoop


class ResumableTrainLoop(EpochBasedTrainLoop):
    """mmengine's loop by epochs, which starts where the runner's ``epoch`` and ``iter`` say.

    The stock loop begins a resumed epoch anew. This one tells its ``ResumableSampler`` to leave out
    what was trained on already, so nothing is loaded in vain. An epoch of which every iteration is
    done, but which is not closed, is closed: its hooks and its validation run.
    """

    def __init__(self, runner: Any, dataloader: Any, **schedule: Any) -> None:
        super().__init__(runner, dataloader, **schedule)
        # Starting an iterator draws a seed for its workers: by default from the generator that also
        # makes dropout, which would then differ after a restart.
        self.dataloader.generator = torch.Generator()

    def run_epoch(self) -> None:
        """Run what is left of the current epoch."""
        self.runner.call_hook("before_train_epoch")
        self.runner.model.train()
        done = self._iter - self._epoch * len(self.dataloader)
        if done < len(self.dataloader):
            self.dataloader.sampler.start_at(done * self.dataloader.batch_size)
            for idx, data_batch in enumerate(self.dataloader, start=done):
                self.run_iter(idx, data_batch)
        self.runner.call_hook("after_train_epoch")
        self._epoch += 1

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from mmengine.dataset import DefaultSampler
from torch.utils.data import BatchSampler, DataLoader

from segdet_kit.openmmlab.loop import ResumableTrainLoop
from segdet_kit.openmmlab.sampling import ResumableSampler


class Loop(ResumableTrainLoop):
    """Notes what it would train on."""

    def run_iter(self, idx, data_batch):
        self.seen.append((self._epoch, idx, data_batch.tolist()))
        self._iter += 1


def loop(loader: DataLoader, epoch: int = 0, step: int = 0) -> Loop:
    hooks = []
    runner = SimpleNamespace(
        visualizer=SimpleNamespace(), model=SimpleNamespace(train=lambda: None), call_hook=hooks.append
    )
    made = Loop(runner, loader, max_epochs=3)
    made._epoch, made._iter, made.seen, made.hooks = epoch, step, [], hooks
    return made


@given(st.integers(1, 20), st.integers(1, 6), st.booleans(), st.data())
def test_a_loop_that_starts_late_sees_the_rest_of_what_a_whole_one_sees(size, batch_size, drop_last, data):
    def loader():
        sampler = ResumableSampler(range(size))
        return DataLoader(range(size), batch_size, sampler=sampler, drop_last=drop_last)

    whole = loop(loader())
    whole.run_epoch()
    step = data.draw(st.integers(0, len(whole.seen)))
    late = loop(loader(), 0, step)
    late.run_epoch()
    assert late.seen == whole.seen[step:]
    assert (late._epoch, late._iter) == (whole._epoch, whole._iter)


def test_only_the_first_epoch_starts_late():
    late = loop(DataLoader(range(6), 2, sampler=DefaultSampler(range(6), shuffle=False)), 0, 2)
    late.run_epoch()
    late.run_epoch()
    assert [(epoch, idx) for epoch, idx, _ in late.seen] == [(0, 2), (1, 0), (1, 1), (1, 2)]


def test_an_epoch_that_only_lacks_its_end_gets_its_end():
    late = loop(DataLoader(range(6), 2), 1, 6)
    late.run_epoch()
    assert late.seen == []
    assert late.hooks == ["before_train_epoch", "after_train_epoch"]
    assert late._epoch == 2


def test_batch_samplers_of_any_kind_keep_their_sampler_in_reach():
    batches = BatchSampler(DefaultSampler(range(6), seed=1), 4, drop_last=False)
    made = loop(DataLoader(range(6), batch_sampler=batches), 0, 1)
    made.dataloader.batch_sampler.sampler.set_epoch(3)
    assert batches.sampler.epoch == 3
    made.run_epoch()
    assert [len(batch) for _, _, batch in made.seen] == [2]

"""Warnings of the stack that are true of nothing a user did or could change."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

UPSTREAM: tuple[tuple[str, type[Warning]], ...] = (
    # mmdet and mmseg still import it from where mmcv 1.x had it.
    (".*MultiScaleDeformableAttention.. has been moved", ImportWarning),
    # mmdet's prior generators call torch.meshgrid in the way that torch will give up some day.
    ("torch.meshgrid: in an upcoming release", UserWarning),
    # mmseg explains a default to everyone who leaves it as it is.
    ("Default ..avg_non_ignore.. is False", UserWarning),
    # mmseg prefers one output channel for two classes. Softmax over two is as good, and exports alike.
    ("For binary segmentation, we suggest using", UserWarning),
    # mmdet's transformers still give mmcv's attention the arguments of mmcv 1.x.
    ("The arguments `(dropout|feedforward_channels|ffn_dropout|ffn_num_fcs)` in", DeprecationWarning),
    # mmcv tells users of 1.4 that Hsigmoid, which mmdet's dynamic head gives its arguments, has others.
    ("In MMCV v1.4.4, we modified the default value of args", UserWarning),
    # pycocotools, with which mmdet decodes run lengths, was written for numpy 1.
    ("__array__ implementation doesn't accept a copy keyword", DeprecationWarning),
    # Iterations without an optimiser's step come first where gradients are accumulated, and the last
    # step was an earlier process's where an epoch is closed after a restart.
    (r"Detected call of `scheduler.step\(\)` before `optimizer.step\(\)`", UserWarning),
)


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out the warnings of ``UPSTREAM`` meanwhile, and no others."""
    with warnings.catch_warnings():
        for message, category in UPSTREAM:
            warnings.filterwarnings("ignore", message, category)
        yield

"""Training a segmenter against a discriminator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.optim import OptimWrapper
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn
from torch.utils.data import DataLoader

from segdet_adversarial.discriminator import Discriminator
from segdet_adversarial.losses import judged, predicted_map, self_taught, true_map
from segdet_adversarial.segmenter import check_decoder, decoded, labels_of, supervised
from segdet_adversarial.unlabelled import UnlabelledBatches


class Adversarial(nn.Module):
    """The segmenter's own losses, and ``weight`` times one for label maps that look unlike those of people.

    How those look is learned meanwhile by a discriminator (Luc et al. 2016, arXiv:1611.08408), here the
    fully convolutional one of Hung et al. 2018 (arXiv:1802.07934) with ``channels`` and learning rate
    ``lr``, which falls as the segmenter's does. Pixels whose label is ignored count for neither.

    ``unlabelled``: a folder of images, found as a data set's ``root`` is, from which the segmenter learns
    too after ``semi_after`` iterations. For each batch of labelled images one of these comes in, with losses
    of its own: ``unlabelled_weight`` times the adversarial one, and ``semi_weight`` times the cross-entropy
    with the segmenter's own most probable classes, where the discriminator's probability that people
    labelled the pixel exceeds ``threshold``.

    Raises ``KitError`` for a model whose decoder does not make its loss of one map of logits, and for a
    folder without images.
    """

    def __init__(
        self,
        model: EncoderDecoder,
        loader: DataLoader[Any],
        weight: float = 0.01,
        lr: float = 1e-4,
        channels: int = 64,
        unlabelled: str | None = None,
        unlabelled_weight: float = 0.001,
        semi_weight: float = 0.1,
        semi_after: int = 5000,
        threshold: float = 0.2,
    ) -> None:
        super().__init__()
        check_decoder(model)
        self.weight, self.lr = weight, lr
        self.unlabelled_weight, self.semi_weight = unlabelled_weight, semi_weight
        self.semi_after, self.threshold = semi_after, threshold
        self.classes = model.decode_head.out_channels
        self.discriminator = Discriminator(self.classes, channels)
        self.optimizer = torch.optim.Adam(self.discriminator.parameters(), lr, betas=(0.9, 0.99))
        self.unlabelled = UnlabelledBatches(unlabelled, loader) if unlabelled else None
        self.steps = 0

    def train_step(
        self, model: EncoderDecoder, data: dict[str, Any], optim_wrapper: OptimWrapper
    ) -> dict[str, Tensor]:
        """Train the segmenter on a batch, then the discriminator on what it made of it."""
        with optim_wrapper.optim_context(model), frozen(self.discriminator):
            batch = model.data_preprocessor(data, True)
            labels, known = labels_of(model, batch)
            logits, losses = supervised(model, batch)
            guess = predicted_map(logits, known)
            losses["loss_adversarial"] = self.weight * judged(self.discriminator(guess), True, known)
            if self.unlabelled and self.steps >= self.semi_after:
                losses |= self._unsupervised(model, self.unlabelled.batch(self.steps))
            logged: dict[str, Tensor]
            loss, logged = model.parse_losses(losses)
        optim_wrapper.update_params(loss)
        group = optim_wrapper.param_groups[0]
        self.optimizer.param_groups[0]["lr"] = self.lr * group["lr"] / group.get("initial_lr", group["lr"])
        logged["loss_discriminator"] = self._discriminate(
            guess.detach(), true_map(labels, known, self.classes), known
        )
        self.steps += 1
        return logged

    def _unsupervised(self, model: EncoderDecoder, data: dict[str, Any]) -> dict[str, Tensor]:
        """Return the losses of a batch of images without labels."""
        batch = model.data_preprocessor(data, True)
        _, known = labels_of(model, batch)
        logits = decoded(model, batch)
        verdicts = self.discriminator(predicted_map(logits, known))
        taught = self_taught(logits, verdicts, known, self.threshold)
        return {
            "loss_unlabelled": self.unlabelled_weight * judged(verdicts, True, known),
            "loss_self_taught": self.semi_weight * taught,
        }

    def _discriminate(self, guess: Tensor, truth: Tensor, known: Tensor) -> Tensor:
        """Make the discriminator's step, and return its loss."""
        self.optimizer.zero_grad()
        loss = judged(self.discriminator(truth), True, known)
        loss = loss + judged(self.discriminator(guess), False, known)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.detach()

    def get_extra_state(self) -> dict[str, Any]:
        """Return what a resumed run needs beside the discriminator's weights."""
        return {"optimizer": self.optimizer.state_dict(), "steps": self.steps}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take over what ``get_extra_state`` returned."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through a module to what it reads, and none stay on its weights."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)

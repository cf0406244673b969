"""What this plugin offers. Does not import torch."""

from __future__ import annotations

from segdet_kit import Method, hookimpl


@hookimpl
def register_methods() -> list[Method]:
    """Offer training against a discriminator."""
    return [
        Method(
            name="adversarial",
            target="segdet_adversarial.method:Adversarial",
            summary="Against a discriminator of label maps (Luc et al. 2016; Hung et al. 2018)",
            tasks=("semantic",),
            defaults={"weight": 0.01},
        )
    ]

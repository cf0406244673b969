from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.commands.export import _summary


@pytest.mark.parametrize(
    ("compared", "said"),
    [
        (12, "beside torch on 4 test images: 99.50% of predictions are the same, logits within 1.0e-05"),
        (
            0,
            "beside torch on 4 test images: the model finds nothing in them, so there was nothing to compare",
        ),
    ],
)
def test_a_model_that_finds_nothing_is_not_said_to_agree(compared: int, said: str) -> None:
    agreement = {"images": 4, "same_predictions": 0.995, "compared": compared, "max_error": {"logits": 1e-5}}
    images = {"size": [64, 96], "dynamic": ["batch"]}
    manifest = {"agreement": agreement, "input": images, "outputs": ["boxes"]}
    folder, about, verdict = _summary(Path("out/onnx"), manifest)
    assert folder == "out/onnx"
    assert about == "  images: uint8 RGB (N, H, W, 3), 64 x 96 pixels; outputs: boxes"
    assert said in verdict

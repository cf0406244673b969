"""segmentation-models-pytorch: TARGET is ``ARCHITECTURE:ENCODER``, such as ``unet:resnet18``.

Random weights, and as many classes as ``--classes`` says. The package has no inference function; this
is its documentation's: preprocessing of the encoder, model, argmax. The label map is enlarged to the image,
as the kit's is.
"""

from __future__ import annotations

from functools import partial

from protocol import Spec, Stopwatch, endless, model_facts, predicts_only, serve, use_threads

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
"""Those of ImageNet, given rather than asked of a hub."""


class Model:
    """From a file to the label map of the image."""

    def __init__(self, spec: Spec, images: list[str]) -> None:
        import segmentation_models_pytorch as smp

        predicts_only(spec)
        self._size = spec["size"] or [320, 320]
        settings = dict(setting.split("=", 1) for setting in spec["settings"])
        architecture, _, encoder = spec["target"].partition(":")
        self._model = smp.create_model(
            architecture, encoder, encoder_weights=None, classes=int(settings["classes"])
        ).eval()
        self._prepare = partial(smp.encoders.preprocess_input, mean=MEAN, std=STD, input_range=[0, 1])
        self._images = endless(images)
        use_threads(spec)
        self.facts = model_facts(self._model, (1, 3, *self._size), "segmentation-models-pytorch")
        self.facts |= {
            "weights": "random",
            "notes": [
                "Random weights. Measured: read and resize by OpenCV, normalise, model, argmax, enlarge."
            ],
        }

    def step(self, watch: Stopwatch) -> None:
        """Predict on the next image."""
        import cv2
        import numpy as np
        import torch

        image = cv2.cvtColor(cv2.imread(next(self._images)), cv2.COLOR_BGR2RGB)
        height, width = image.shape[:2]
        resized = cv2.resize(image, self._size[::-1])
        watch.lap("data")
        pixels = np.moveaxis(self._prepare(resized).astype(np.float32), 2, 0)
        watch.lap("preprocess")
        with torch.inference_mode():
            logits = self._model(torch.from_numpy(pixels)[None])
            watch.lap("forward")
            labels = logits.argmax(1)[0].to(torch.uint8).numpy()
        cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
        watch.lap("postprocess")


if __name__ == "__main__":
    serve(Model)

"""torchvision's detectors and segmenters as its references evaluate them: TARGET is a name of ``get_model``.

Random weights, and as many classes as ``--classes`` says, the background included.
"""

from __future__ import annotations

from typing import Any

from protocol import Spec, Stopwatch, endless, model_facts, predicts_only, serve, use_threads


class Reference:
    """From a file to boxes, or to the label map of the resized image. Its detectors resize inside."""

    def __init__(self, spec: Spec, images: list[str]) -> None:
        import torch
        from torchvision.models import detection, get_model, list_models
        from torchvision.transforms import v2

        predicts_only(spec)
        self._size = spec["size"] or [320, 320]
        self._detects = spec["target"] in list_models(detection)
        settings = dict(setting.split("=", 1) for setting in spec["settings"])
        sizes = {"min_size": min(self._size), "max_size": max(self._size)} if self._detects else {}
        self._model: Any = get_model(
            spec["target"], weights=None, weights_backbone=None, num_classes=int(settings["classes"]), **sizes
        ).eval()
        self._images = endless(images)
        steps = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
        if not self._detects:
            steps[1:1] = [v2.Resize(self._size, antialias=True)]
            steps.append(v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        self._transform = v2.Compose(steps)
        use_threads(spec)
        shape = (3, *self._size) if self._detects else (1, 3, *self._size)
        self.facts = model_facts(self._model, shape, "torchvision") | {"weights": "random"}
        what = "boxes on the image" if self._detects else "argmax at the resized image, not enlarged again"
        self.facts["notes"] = [f"Random weights. Measured: read by PIL, transform, model, {what}."]

    def step(self, watch: Stopwatch) -> None:
        """Predict on the next image."""
        import torch
        from PIL import Image

        with torch.inference_mode():
            image = self._transform(Image.open(next(self._images)).convert("RGB"))
            watch.lap("data")
            output = self._model([image] if self._detects else image[None])
            watch.lap("forward")
            if not self._detects:
                output["out"].argmax(1)
                watch.lap("postprocess")


if __name__ == "__main__":
    serve(Reference)

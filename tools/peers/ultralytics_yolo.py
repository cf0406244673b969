"""Ultralytics' ``YOLO.predict``: TARGET is a ``.yaml`` (random weights), ``.pt`` or exported ``.onnx`` file.

Ultralytics is AGPL-3.0. It runs in this process alone, from a venv that its user made; segdet-kit neither
imports nor ships it.
"""

from __future__ import annotations

import os
import tempfile
from importlib.metadata import version
from typing import Any

from protocol import Spec, Stopwatch, endless, model_facts, predicts_only, serve, use_threads

os.environ |= {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "YOLO_CONFIG_DIR": tempfile.mkdtemp()}


class Yolo:
    """From a file to boxes, by its own pipeline and at its own thresholds."""

    def __init__(self, spec: Spec, images: list[str]) -> None:
        from ultralytics import YOLO

        predicts_only(spec)
        target, self._size = spec["target"], spec["size"] or [640, 640]
        exported = target.endswith(".onnx")
        if exported and spec["threads"] != len(os.sched_getaffinity(0)):
            raise SystemExit("under Ultralytics ONNX Runtime takes all cores: measure with as many --threads")
        self._yolo = YOLO(target, task="detect")
        self._images = endless(images)
        use_threads(spec)
        self.facts: dict[str, Any] = {"runtime": "onnxruntime", "precision": "fp32", "size": self._size}
        self.facts["versions"] = {name: version(name) for name in ("ultralytics", "torch")}
        if exported:
            self.facts["versions"]["onnxruntime"] = version("onnxruntime")
        else:
            self.facts = model_facts(self._yolo.model.float().eval(), (1, 3, *self._size), "ultralytics")
        self.facts["weights"] = "random" if target.endswith(".yaml") else target
        self.facts["notes"] = [
            "Measured: YOLO.predict(path) at its own thresholds, 0.25 for scores and 0.7 for NMS."
        ]
        if target.endswith(".yaml"):
            self.facts["notes"].append(
                "Random weights of YOLO find next to nothing: its NMS is all but free."
            )

    def step(self, watch: Stopwatch) -> None:
        """Predict on the next image."""
        self._yolo.predict(next(self._images), imgsz=self._size, device="cpu", verbose=False)


if __name__ == "__main__":
    serve(Yolo)

"""A model that takes image files, as its config's test pipeline would load them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdet_kit.errors import KitError
from segdet_kit.images import UnreadableImageError, check_image
from segdet_kit.openmmlab.runtime import build_model, prepare
from segdet_kit.results import Result

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Predictor:
    """Predicts on images. ``model``: what predicts. ``classes``: the names that labels stand for.

    ``checkpoint``, ``runtime``, ``precision``: as in ``build_model``. Images are loaded by the config's own
    transform: in training, testing and here alike, they are turned as their EXIF orientation says unless the
    config says otherwise. Raises ``KitError`` for a config without test pipeline or classes, and what
    building a model and loading weights raise.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        checkpoint: Path | None,
        device: str,
        runtime: str | None = None,
        precision: str | None = None,
    ) -> None:
        prepare()
        from mmengine.config import Config
        from mmengine.dataset import Compose
        from mmengine.registry import TRANSFORMS

        from segdet_kit.openmmlab.preflight import check_types
        from segdet_kit.openmmlab.state import isolated

        settings = Config(dict(config))
        loader = settings.get("test_dataloader") or {}
        steps = _said(loader.get("dataset"), "pipeline") or []
        pipeline = [step for step in steps if not _loads_labels(step)]
        if not pipeline:
            raise KitError("the config has no test pipeline", "give test_dataloader.dataset a pipeline")
        check_types({"default_scope": settings.default_scope, "pipeline": pipeline})
        self.model: Any = build_model(settings, checkpoint, device, runtime, precision)
        self._scope = settings.default_scope
        with isolated(device, self._scope) as self._device:
            self.classes = _class_names(loader["dataset"])
            self._load = TRANSFORMS.build(pipeline[0])
            self._prepare = Compose(pipeline[1:])

    def __call__(self, path: Path) -> tuple[npt.NDArray[np.uint8], Result]:
        """Return the image, RGB uint8 (H, W, 3), and what the model says of it, in its pixels.

        Raises ``UnreadableImageError``.
        """
        image, sample = self.load(path)
        return image, self.predict([sample])[0]

    def load(self, path: Path) -> tuple[npt.NDArray[np.uint8], Mapping[str, Any]]:
        """Return the image, RGB uint8 (H, W, 3), and what the test pipeline makes of it.

        Raises ``UnreadableImageError``.
        """
        import cv2
        import numpy as np

        check_image(path)
        try:
            loaded = self._load({"img_path": str(path), "img_id": 0})
        except (AssertionError, OSError, cv2.error) as error:
            raise UnreadableImageError(
                path, "a kind of image that the config's loader cannot read"
            ) from error
        image = loaded["img"][..., ::-1].astype(np.uint8)
        return image, self._prepare(loaded)

    def take(
        self, pixels: npt.NDArray[np.generic], name: str
    ) -> tuple[npt.NDArray[np.uint8], Mapping[str, Any]]:
        """Return what ``load`` returns, of pixels in memory: RGB (H, W, 3) or grey (H, W) or (H, W, 1).

        Where they are not uint8, the image is what the first step makes of them that gives 8 bits. Raises
        ``UnreadableImageError``, which calls them ``name``, where none does.
        """
        import cv2
        import numpy as np

        channels = pixels.reshape(*pixels.shape[:2], -1)[..., ::-1]
        image = np.ascontiguousarray(np.broadcast_to(channels, (*pixels.shape[:2], 3)))
        size = {"img_shape": image.shape[:2], "ori_shape": image.shape[:2]}
        loaded: Any = {"img": image, "img_path": name, "img_id": 0, **size}
        steps = iter(self._prepare.transforms)
        while loaded["img"].dtype != np.uint8:
            loaded = next(steps)(loaded)
            if "img" not in loaded:
                reason = (
                    f"its pixels are {image.dtype}, and nothing in the test pipeline makes 8 bits of them"
                )
                raise UnreadableImageError(Path(name), reason)
        shown = np.ascontiguousarray(loaded["img"][..., ::-1])
        if shown.shape != image.shape:  # resized before it had 8 bits; results are in the size it came in
            shown = cv2.resize(shown, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        for step in steps:
            loaded = step(loaded)
        return shown, loaded

    def predict(self, samples: Sequence[Mapping[str, Any]]) -> list[Result]:
        """Return what the model says of images that ``load`` returned, taken as one batch."""
        import torch

        from segdet_kit.openmmlab.conversion import prediction
        from segdet_kit.openmmlab.state import isolated

        batch = {key: [sample[key] for sample in samples] for key in ("inputs", "data_samples")}
        with isolated(self._device, self._scope), torch.inference_mode():
            results = self.model.test_step(batch)
        return [prediction(result, len(self.classes)) for result in results]


def _loads_labels(step: Mapping[str, Any]) -> bool:
    name = str(step["type"]).rpartition(".")[2]
    return name.startswith("Load") and name.endswith("Annotations")


def _said(dataset: Any, key: str) -> Any:
    """Return ``key`` of a data set's config, or of the first one that it wraps."""
    while dataset:
        if dataset.get(key):
            return dataset[key]
        dataset = dataset.get("dataset") or next(iter(dataset.get("datasets") or ()), None)
    return None


def _class_names(dataset: Any) -> tuple[str, ...]:
    """Find the classes without building the data set: predicting must not need the data."""
    from mmengine.registry import DATASETS

    names = _said(dataset, "classes") or (_said(dataset, "metainfo") or {}).get("classes")
    if not names:
        with DATASETS.switch_scope_and_registry(None) as registry:
            names = getattr(registry.get(dataset["type"]), "METAINFO", {}).get("classes")
    if not names:
        raise KitError(
            "the config does not name its classes",
            "add to it: test_dataloader.dataset.metainfo = dict(classes=[...])",
        )
    return (names,) if isinstance(names, str) else tuple(names)

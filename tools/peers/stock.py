"""Stock mmdet and mmseg: their own inference functions, and mmengine's own training iteration.

TARGET is a run folder (its ``config.py`` and ``best.pth``) or a native config. Nothing of segdet-kit runs but
the operators that stand in for ``mmcv._ext``, without which neither toolbox imports, and the components that
a run's config names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol import Spec, Stopwatch, endless, serve, use_threads

from segdet_kit.openmmlab import ops


def files(spec: Spec) -> tuple[Path, str | None]:
    """Return config and weights."""
    path = Path(spec["target"])
    if path.is_dir():
        return path / "config.py", spec["checkpoint"] or str(path / "best.pth")
    return path, spec["checkpoint"]


def check_size(spec: Spec, pipeline: list[dict[str, Any]]) -> None:
    """End with an error where the config resizes to another size than the one asked for."""
    for step in pipeline:
        if spec["size"] and "scale" in step and list(step["scale"]) != spec["size"][::-1]:
            raise SystemExit(f"the config resizes to {step['scale']} (width, height)")


def whose_operators() -> str:
    """Tell where mmcv's operators come from."""
    return "mmcv's own compiled operators" if ops.provider() == "compiled" else "segdet-kit's operators"


def facts(weights: str | None, model: Any, *notes: str) -> dict[str, Any]:
    """Return what is known of a model."""
    from importlib.metadata import version

    names = ("torch", "onedl-mmengine", "onedl-mmcv", "onedl-mmdetection", "onedl-mmsegmentation")
    return {
        "device": "cpu",
        "runtime": "torch",
        "precision": "fp32",
        "weights": weights or "random",
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "versions": {name: version(name) for name in names},
        "notes": list(notes),
    }


def use_stock_loop(config: Any) -> None:
    """Put mmengine's loop and sampler in the place of the kit's, which a run or a recipe has."""
    loader = config.train_dataloader
    if str(loader.sampler.type).startswith("segdet_kit."):
        loader.sampler = {"type": "DefaultSampler", "shuffle": True}
        loader.dataset = loader.dataset.dataset
        config.train_cfg.type = "EpochBasedTrainLoop"


class Infer:
    """From a file to a data sample. The stages are not told apart: that would change what is measured."""

    def __init__(self, spec: Spec, images: list[str]) -> None:
        from mmengine.config import Config

        path, weights = files(spec)
        config = Config.fromfile(path)
        steps = config.test_dataloader.dataset.pipeline
        config.setdefault("test_pipeline", steps)  # which native configs have, and inference_model reads
        check_size(spec, steps)
        if config.default_scope == "mmseg":
            from mmseg.apis import inference_model as infer
            from mmseg.apis import init_model as init
        else:
            from mmdet.apis import inference_detector as infer
            from mmdet.apis import init_detector as init

        self._model: Any = init(config, weights, device="cpu")
        self._infer, self._images = infer, endless(images)
        use_threads(spec)
        note = f"{whose_operators()}; measured: {infer.__name__}(model, path)."
        self.facts = facts(weights, self._model, note)

    def step(self, watch: Stopwatch) -> None:
        """Predict on the next image."""
        self._infer(self._model, next(self._images))


class Train:
    """mmengine's ``run_iter``, with the default hooks of the config but those that save."""

    def __init__(self, spec: Spec, images: list[str]) -> None:
        import tempfile

        from mmengine.config import Config
        from mmengine.runner import Runner

        path, weights = files(spec)
        config = Config.fromfile(path)
        config.train_dataloader.batch_size = spec["batch_size"]
        use_stock_loop(config)
        config.work_dir = tempfile.mkdtemp()
        config.default_hooks = {**config.get("default_hooks", {}), "checkpoint": None}
        config.update(dict.fromkeys(("custom_hooks", "val_dataloader", "val_cfg", "val_evaluator")))
        config.load_from = weights
        config.visualizer = {"type": "Visualizer", "vis_backends": None}
        runner = Runner.from_cfg(config)
        loop = runner.train_loop
        loop.run = lambda: runner.model  # the runner makes all ready for its loop, whose iterations are steps
        runner.train()
        runner.model.train()
        runner.call_hook("before_train")
        runner.call_hook("before_train_epoch")
        self._loop, self._batches = loop, batches(loop.dataloader)
        use_threads(spec)
        note = f"{whose_operators()}; measured: run_iter of mmengine's loop."
        self.facts = facts(weights, runner.model, note)

    def step(self, watch: Stopwatch) -> None:
        """Make one iteration."""
        number, batch = next(self._batches)
        watch.lap("data")
        self._loop.run_iter(number, batch)


def batches(loader: Any) -> Iterator[tuple[int, Any]]:
    """Yield the batches of each epoch with their numbers, without end."""
    while True:
        yield from enumerate(loader)


def open_stock(spec: Spec, images: list[str]) -> Infer | Train:
    """Open what the spec asks for."""
    if spec["batch_size"] != 1 and spec["mode"] != "train":
        raise SystemExit("stock's inference functions take one image at a time")
    ops.install()
    modes = {"infer": Infer, "startup": Infer, "train": Train}
    if spec["mode"] not in modes:
        raise SystemExit(f"stock has no mode {spec['mode']}")
    return modes[spec["mode"]](spec, images)


if __name__ == "__main__":
    serve(open_stock)

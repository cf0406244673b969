"""Configs as data that would run code where OpenMMLab builds them: which part, and the JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.attacks.pickles import write_pickle
from tests.attacks.trap import Trap

Attack = tuple[str, str, str]
"""A name, the part of the config that a victim builds, and the whole config as JSON."""
MODEL = {"type": "RetinaNet", "backbone": {"type": "ResNet", "depth": 18}}


def callables(trap: Trap) -> Iterator[tuple[str, dict[str, Any]]]:
    """Functions that any Python has, or the stack, with arguments by name."""
    mark, shell, script = str(trap.mark), trap.shell, str(trap.folder / "evil.py")
    argv = ["mkdir", "-p", mark]
    pickled = str(write_pickle(trap, trap.folder / "weights.pth"))
    plain = str(write_pickle(trap, trap.folder / "list.pkl"))
    yield "os.system", {"command": shell}
    yield "posix.system", {"command": shell}
    yield "os.mkdir", {"path": mark}
    yield "os.makedirs", {"name": mark}
    yield "os.popen", {"cmd": shell}
    yield "os.symlink", {"src": "/", "dst": mark}
    yield "os.mkfifo", {"path": mark}
    yield "pathlib.os.mkdir", {"path": mark}
    for name in ("Popen", "run", "call", "check_call", "check_output"):
        yield f"subprocess.{name}", {"args": argv}
    yield "subprocess.getoutput", {"cmd": shell}
    yield "subprocess.getstatusoutput", {"cmd": shell}
    for name in ("builtins.open", "io.open"):
        yield name, {"file": mark, "mode": "w"}
    for name in ("codecs.open", "gzip.open", "bz2.open"):
        yield name, {"filename": mark, "mode": "wb"}
    yield "logging.FileHandler", {"filename": mark}
    yield "zipfile.ZipFile", {"file": mark, "mode": "w"}
    yield "tarfile.open", {"name": mark, "mode": "w"}
    yield "shutil.copyfile", {"src": script, "dst": mark}
    yield "shutil.copytree", {"src": str(trap.folder / "evilmod"), "dst": mark}
    yield "sqlite3.connect", {"database": mark}
    yield "runpy.run_path", {"path_name": script}
    yield "importlib.import_module", {"name": "evil"}
    yield "timeit.timeit", {"stmt": trap.python, "number": 1}
    yield "cProfile.run", {"statement": trap.python, "filename": "/dev/null"}
    yield "evilmod.Thing", {}
    yield "torch.load", {"f": pickled, "weights_only": False}
    yield "mmengine.fileio.load", {"file": plain}
    yield "mmengine.load", {"file": plain}
    yield "mmengine.Config.fromfile", {"filename": script}
    yield "mmengine.utils.mkdir_or_exist", {"dir_name": mark}
    yield "torch.hub.load", {"repo_or_dir": str(trap.folder), "model": "Thing", "source": "local"}
    yield "numpy.load", {"file": plain, "allow_pickle": True}
    yield "pandas.read_pickle", {"filepath_or_buffer": plain}


def configs(trap: Trap) -> Iterator[Attack]:
    """Every attack, each harmless but for its mark."""
    for name, arguments in callables(trap):
        yield f"model: {name}", "model", json.dumps({"model": {"type": name, **arguments}})
    evil = {"type": "os.mkdir", "path": str(trap.mark)}
    yield from _places(evil)
    yield from _arguments(trap)
    yield from _documents(trap, evil)


def _places(evil: dict[str, Any]) -> Iterator[Attack]:
    """One function in every place that a Runner builds."""
    for place in ("backbone", "neck", "bbox_head", "data_preprocessor"):
        yield f"model.{place}", "model", json.dumps({"model": {**MODEL, place: evil}})
    for place in ("custom_hooks", "vis_backends", "param_scheduler"):
        yield place, place, json.dumps({"model": MODEL, place: [evil]})
    for place in ("visualizer", "optim_wrapper", "train_cfg", "log_processor", "default_hooks"):
        yield place, place, json.dumps({"model": MODEL, place: evil})
    step = {"test_dataloader": {"dataset": {"type": "CocoDataset", "pipeline": [evil]}}}
    yield "pipeline", "pipeline", json.dumps({"model": MODEL, **step})
    yield "dataset", "dataset", json.dumps({"model": MODEL, "test_dataloader": {"dataset": evil}})
    for place in ("sampler", "batch_sampler", "collate_fn", "worker_init_fn"):
        loader = {"dataset": {"type": "CocoDataset"}, place: evil}
        yield place, "sampler", json.dumps({"model": MODEL, "test_dataloader": loader, "sampler": evil})
    yield "evaluator", "evaluator", json.dumps({"model": MODEL, "test_evaluator": [evil]})


def _arguments(trap: Trap) -> Iterator[Attack]:
    """Registered classes that evaluate, unpickle or run what an argument says."""
    weights, listed = str(trap.folder / "weights.pth"), str(trap.folder / "list.pkl")
    init = {"type": "Pretrained", "checkpoint": weights}
    yield "init_cfg", "initialised", json.dumps({"model": {"type": "ResNet", "depth": 18, "init_cfg": init}})
    yield (
        "pretrained",
        "initialised",
        json.dumps({"model": {"type": "ResNet", "depth": 18, "pretrained": weights}}),
    )
    motion = {"type": "CameraMotionCompensation", "warp_mode": trap.python}
    yield "warp_mode", "task", json.dumps({"model": motion})
    loss = {"type": "mmseg.CrossEntropyLoss", "class_weight": listed}
    yield "class_weight", "model", json.dumps({"model": loss})
    teacher = {
        "type": "KnowledgeDistillationSingleStageDetector",
        "backbone": MODEL["backbone"],
        "neck": None,
    }
    teacher |= {"bbox_head": {"type": "LDHead"}, "teacher_config": str(trap.folder / "base.py")}
    yield "teacher_config", "model", json.dumps({"model": teacher})
    nms = {"type": trap.python, "iou_threshold": 0.5}
    yield "nms", "nms", json.dumps({"model": {**MODEL, "test_cfg": {"nms": nms}}})
    data = {"type": "BaseDetDataset", "ann_file": listed, "pipeline": []}
    yield "ann_file", "dataset", json.dumps({"model": MODEL, "test_dataloader": {"dataset": data}})
    metric = {"type": "DumpResults", "out_file_path": str(trap.mark / "x.pkl")}
    yield "metric", "evaluator", json.dumps({"model": MODEL, "test_evaluator": [metric]})
    search = {"type": "RFSearchHook", "mode": "search", "config": {"search": {"exp_rate": trap.python}}}
    yield "rfsearch", "custom_hooks", json.dumps({"model": MODEL, "custom_hooks": [search]})


def _documents(trap: Trap, evil: dict[str, Any]) -> Iterator[Attack]:
    """What a reader of the file itself runs, imports or understands otherwise."""
    yield "_base_", "file", json.dumps({"_base_": [str(trap.folder / "base.py")]})
    yield "_base_ of a base", "file", json.dumps({"model": MODEL, "_base_": "base.py"})
    imports = {"imports": ["evilmod"], "allow_failed_imports": False}
    yield "custom_imports", "file", json.dumps({"model": MODEL, "custom_imports": imports})
    yield "default_scope", "model", json.dumps({"default_scope": "evilmod", "model": MODEL})
    yield "_scope_", "model", json.dumps({"model": {**MODEL, "_scope_": "evilmod"}})
    yield "scope of a type", "model", json.dumps({"model": {"type": "evilmod.RTMDet"}})
    yield "two keys", "model", f'{{"model": {json.dumps(MODEL)}, "model": {json.dumps(evil)}}}'
    yield "escaped letters", "model", json.dumps({"model": evil}).replace("os.mkdir", "o\\u0073.mkdir")
    yield "a list of models", "model", json.dumps({"model": [evil]})
    yield "a type in a type", "model", json.dumps({"model": {"type": evil}})
    tupled = {"tuple": [evil]}
    yield "in a tuple", "model", json.dumps({"model": {**MODEL, "neck": tupled}})
    yield "deep", "model", json.dumps({"model": {**MODEL, "test_cfg": {"a": [{"b": [[evil]]}]}}})

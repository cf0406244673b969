"""Thin networks and small pictures, enough to train a step in a fraction of a second."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

SIZE = 64
IMAGES = 6
SEED = 7
SAMPLING = "segdet_kit.openmmlab.sampling"


def write_pictures(root: Path) -> Path:
    """Bright rectangles on noise, with a COCO file and label maps that say where they are."""
    rng = np.random.default_rng(SEED)
    (root / "images").mkdir(parents=True)
    (root / "labels").mkdir()
    coco: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "box"}]}
    for index in range(IMAGES):
        image = rng.integers(0, 90, (SIZE, SIZE, 3), dtype=np.uint8)
        label = np.zeros((SIZE, SIZE), np.uint8)
        x, y = (int(value) for value in rng.integers(4, 28, 2))
        w, h = (int(value) for value in rng.integers(16, 32, 2))
        image[y : y + h, x : x + w] += 130
        label[y : y + h, x : x + w] = 1
        cv2.imwrite(str(root / "images" / f"{index}.png"), image)
        cv2.imwrite(str(root / "labels" / f"{index}.png"), label)
        coco["images"].append({"id": index, "file_name": f"{index}.png", "width": SIZE, "height": SIZE})
        box = {"bbox": [x, y, w, h], "area": w * h, "iscrowd": 0, "category_id": 1}
        coco["annotations"].append({"id": index + 1, "image_id": index, **box})
    (root / "coco.json").write_text(json.dumps(coco), encoding="utf-8")
    return root


def frame(scope: str, dataset: dict[str, Any], evaluation: dict[str, Any], metric: str) -> dict[str, Any]:
    """What both toolboxes' configs share."""
    loader = {
        "batch_size": 2,
        "num_workers": 0,
        "sampler": {"type": "DefaultSampler", "shuffle": False},
        "dataset": evaluation,
    }
    return {
        "default_scope": scope,
        "train_dataloader": {
            "batch_size": 2,
            "num_workers": 0,
            "persistent_workers": False,
            "sampler": {"type": f"{SAMPLING}.ResumableSampler"},
            "dataset": {
                "type": f"{SAMPLING}.SeededDataset",
                "seed": SEED,
                "dataset": dataset,
            },
        },
        "val_dataloader": loader,
        "test_dataloader": loader,
        "val_evaluator": [{"type": metric}],
        "test_evaluator": [{"type": metric}],
        "train_cfg": {
            "type": "segdet_kit.openmmlab.loop.ResumableTrainLoop",
            "max_epochs": 2,
            "val_interval": 1,
        },
        "val_cfg": {},
        "test_cfg": {},
        "optim_wrapper": {"type": "OptimWrapper", "optimizer": {"type": "AdamW", "lr": 1e-3}},
        "param_scheduler": [
            {"type": "LinearLR", "start_factor": 0.1, "by_epoch": False, "begin": 0, "end": 4},
            {"type": "MultiStepLR", "by_epoch": True, "milestones": [1], "gamma": 0.5},
        ],
        "env_cfg": {},
        "randomness": {"seed": SEED, "deterministic": True},
        "default_hooks": {"logger": {"type": "LoggerHook", "interval": 2}},
        "log_level": "INFO",
        "work_dir": "unused",
    }


def segmenter(root: Path) -> dict[str, Any]:
    """A thin FCN, with dropout, on the label maps."""
    load = [{"type": "LoadImageFromFile"}, {"type": "LoadAnnotations"}]
    dataset = {
        "type": "BaseSegDataset",
        "data_root": str(root),
        "data_prefix": {"img_path": "images", "seg_map_path": "labels"},
        "img_suffix": ".png",
        "metainfo": {"classes": ["ground", "box"], "palette": [[0, 0, 0], [255, 0, 0]]},
    }
    norm = {"type": "BN", "requires_grad": True}
    model = {
        "type": "EncoderDecoder",
        "data_preprocessor": {
            "type": "SegDataPreProcessor",
            "mean": [50.0] * 3,
            "std": [50.0] * 3,
            "bgr_to_rgb": True,
            "pad_val": 0,
            "seg_pad_val": 255,
            "size": (SIZE, SIZE),
        },
        "backbone": {
            "type": "ResNetV1c",
            "depth": 18,
            "base_channels": 8,
            "stem_channels": 8,
            "num_stages": 4,
            "out_indices": (0, 1, 2, 3),
            "strides": (1, 2, 1, 1),
            "dilations": (1, 1, 1, 1),
            "norm_cfg": norm,
            "norm_eval": False,
            "style": "pytorch",
            "contract_dilation": True,
        },
        "decode_head": {
            "type": "FCNHead",
            "in_channels": 64,
            "in_index": 3,
            "channels": 16,
            "num_convs": 1,
            "concat_input": False,
            "dropout_ratio": 0.3,
            "num_classes": 2,
            "norm_cfg": norm,
            "align_corners": False,
            "loss_decode": {"type": "CrossEntropyLoss", "use_sigmoid": False, "loss_weight": 1.0},
        },
        "train_cfg": {},
        "test_cfg": {"mode": "whole"},
    }
    train = {
        **dataset,
        "pipeline": [
            *load,
            {"type": "RandomFlip", "prob": 0.5},
            {"type": "PhotoMetricDistortion"},
            {"type": "PackSegInputs"},
        ],
    }
    test = {**dataset, "pipeline": [*load, {"type": "PackSegInputs"}]}
    return frame("mmseg", train, test, "IoUMetric") | {"model": model}


def detector(root: Path) -> dict[str, Any]:
    """A thin RTMDet on the boxes."""
    dataset = {
        "type": "CocoDataset",
        "data_root": str(root),
        "ann_file": "coco.json",
        "data_prefix": {"img": "images/"},
        "metainfo": {"classes": ("box",), "palette": [(255, 0, 0)]},
    }
    load = [{"type": "LoadImageFromFile"}, {"type": "LoadAnnotations", "with_bbox": True}]
    pack = {
        "type": "PackDetInputs",
        "meta_keys": ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor"),
    }
    resize = {"type": "Resize", "scale": (SIZE, SIZE), "keep_ratio": True}
    norm, act = {"type": "BN"}, {"type": "SiLU", "inplace": True}
    model = {
        "type": "RTMDet",
        "data_preprocessor": {
            "type": "DetDataPreprocessor",
            "mean": [50.0] * 3,
            "std": [50.0] * 3,
            "bgr_to_rgb": False,
            "batch_augments": None,
        },
        "backbone": {
            "type": "CSPNeXt",
            "arch": "P5",
            "expand_ratio": 0.5,
            "deepen_factor": 0.167,
            "widen_factor": 0.125,
            "channel_attention": True,
            "norm_cfg": norm,
            "act_cfg": act,
        },
        "neck": {
            "type": "CSPNeXtPAFPN",
            "in_channels": [32, 64, 128],
            "out_channels": 32,
            "num_csp_blocks": 1,
            "expand_ratio": 0.5,
            "norm_cfg": norm,
            "act_cfg": act,
        },
        "bbox_head": {
            "type": "RTMDetSepBNHead",
            "num_classes": 1,
            "in_channels": 32,
            "feat_channels": 32,
            "stacked_convs": 2,
            "anchor_generator": {"type": "MlvlPointGenerator", "offset": 0, "strides": [8, 16, 32]},
            "bbox_coder": {"type": "DistancePointBBoxCoder"},
            "loss_cls": {"type": "QualityFocalLoss", "use_sigmoid": True, "beta": 2.0, "loss_weight": 1.0},
            "loss_bbox": {"type": "GIoULoss", "loss_weight": 2.0},
            "with_objectness": False,
            "share_conv": True,
            "pred_kernel_size": 1,
            "norm_cfg": norm,
            "act_cfg": act,
        },
        "train_cfg": {
            "assigner": {"type": "DynamicSoftLabelAssigner", "topk": 13},
            "allowed_border": -1,
            "pos_weight": -1,
            "debug": False,
        },
        "test_cfg": {
            "nms_pre": 100,
            "min_bbox_size": 0,
            "score_thr": 0.0,
            "nms": {"type": "nms", "iou_threshold": 0.65},
            "max_per_img": 20,
        },
    }
    train = {**dataset, "pipeline": [*load, resize, {"type": "RandomFlip", "prob": 0.5}, pack]}
    test = {**dataset, "test_mode": True, "pipeline": [*load, resize, pack]}
    config = frame("mmdet", train, test, "CocoMetric") | {"model": model}
    for evaluator in ("val_evaluator", "test_evaluator"):
        config[evaluator] = [{"type": "CocoMetric", "ann_file": str(root / "coco.json"), "metric": "bbox"}]
    return config


@pytest.fixture(scope="session", name="segmenter")
def _segmenter() -> Callable[[Path], dict[str, Any]]:
    return segmenter


@pytest.fixture(scope="session", name="detector")
def _detector() -> Callable[[Path], dict[str, Any]]:
    return detector


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("data") / "pictures")

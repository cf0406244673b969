"""Write src/segdet_timm/levels.json: the channels and strides of timm's backbones.

Every model of the installed timm is built and run without memory or arithmetic (torch's meta
device). Those whose levels are a pyramid at any image size, odd ones too, are listed; the others,
such as transformers of a fixed input size, are counted by what is wrong with them.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections import Counter
from pathlib import Path

import timm
import torch

SIZES = ((128, 192), (97, 161))
TABLE = Path(__file__).parents[1] / "src" / "segdet_timm" / "levels.json"


def read_levels(name: str) -> tuple[list[int], list[int]]:
    """Return the channels and strides of a model. Raises ``ValueError`` if its levels are no pyramid."""
    with torch.device("meta"):
        model = timm.create_model(name, features_only=True).eval()
        channels, strides = list(model.feature_info.channels()), list(model.feature_info.reduction())
        if strides != sorted(set(strides)):
            raise ValueError("levels of equal stride")
        for height, width in SIZES:
            image = torch.empty(1, 3, height, width)
            for level, channel, stride in zip(model(image), channels, strides, strict=True):
                rounding = abs(level.shape[2] - height / stride), abs(level.shape[3] - width / stride)
                if level.shape[1] != channel or max(rounding) >= 1:
                    raise ValueError(f"a level of another shape at {height}x{width}")
    return channels, strides


def main() -> None:
    """Write the table."""
    logging.disable()
    warnings.simplefilter("ignore")
    levels, faults = {}, Counter[str]()
    for name in timm.list_models():
        try:
            levels[name] = read_levels(name)
        except Exception as error:  # noqa: BLE001 - models refuse in as many ways as there are models
            faults[f"{type(error).__name__}: {str(error).partition(chr(10))[0][:60]}"] += 1
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in levels.items()]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    for fault, count in faults.most_common():
        print(f"{count:5} {fault}")
    print(f"{len(levels)} of timm {timm.__version__}'s models written to {TABLE}")


if __name__ == "__main__":
    main()

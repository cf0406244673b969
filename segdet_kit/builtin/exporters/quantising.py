"""Quantising OpenVINO's models to 8 bits, by NNCF's post-training quantisation."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

WEIGHTED = {
    "Convolution",
    "GroupConvolution",
    "ConvolutionBackpropData",
    "GroupConvolutionBackpropData",
    "MatMul",
}
"""Operations that have weights, or multiply as if they had: those that 8 bits make faster."""


def quantised(model: Any, images: Collection[npt.NDArray[np.uint8]]) -> Any:
    """Return a model with 8-bit weights and activations, their ranges chosen by images (1, H, W, 3).

    What lies before the first weights and after the last stays float32: normalisation, decoding and NMS.
    Positions in an image need more than 8 bits.
    """
    with warnings.catch_warnings():
        # NNCF's own code uses what its dependencies deprecate, and wishes for other versions of them.
        warnings.simplefilter("ignore")
        import nncf

        nncf.set_log_level(logging.ERROR)  # it lists what stays as it is
        inner = _between_weights(model)
        outer = [node for node in model.get_ops() if node.get_friendly_name() not in inner]
        attends = any(inner[name] == "Softmax" for name in inner)
        return nncf.quantize(
            model,
            nncf.Dataset(images),
            # Activations that are not ReLU's have two signs, and not as much of both.
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(images),
            model_type=nncf.ModelType.TRANSFORMER if attends else None,
            ignored_scope=nncf.IgnoredScope(
                names=[node.get_friendly_name() for node in outer if node.get_type_name() != "Constant"],
                validate=False,
            ),
        )


def _between_weights(model: Any) -> dict[str, str]:
    """Return the names, and the types, of operations with weights and of those on the way between two."""
    nodes = {node.get_friendly_name(): node for node in model.get_ordered_ops()}
    weighted = {name for name, node in nodes.items() if node.get_type_name() in WEIGHTED}
    fed, feeding = set(weighted), set(weighted)
    for name, node in nodes.items():
        if not fed.isdisjoint(_sources(node)):
            fed.add(name)
    for name in reversed(nodes):
        if name in feeding:
            feeding |= {*_sources(nodes[name])}
    return {name: nodes[name].get_type_name() for name in nodes if name in fed & feeding}


def _sources(node: Any) -> Iterator[str]:
    """Yield the names of what a node computes with: not what counts things, nor the places of regions."""
    for port in node.inputs():
        source = port.get_source_output()
        places = node.get_type_name() == "ROIAlign" and port.get_index() > 0
        if source.get_element_type().is_real() and not places:
            yield source.get_node().get_friendly_name()

"""Arguments of mmcv's operators, at the sizes and in the places at which models make them.

Images are of 800 × 1333 px, the detectors' common size, where nothing else is said. All is made up, the same
each time: what an operator costs depends on sizes, and on how boxes lie, not on what is in the features.
Each function returns one tuple of arguments for each level of a pyramid.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, rand, randn

Calls = list[tuple[Any, ...]]

AVERAGE, MAXIMUM = 1, 0
BOXES, HEIGHT, WIDTH = 512, 800, 1333
PYRAMID = {stride: (-(-HEIGHT // stride), -(-WIDTH // stride)) for stride in (4, 8, 16, 32, 64)}
ENCODER = [PYRAMID[stride] for stride in (8, 16, 32, 64)]
PIXEL_DECODER = [(32, 32), (64, 64), (128, 128)]  # Mask2Former at 1024 px


def uniform(count: int, low: float, high: float) -> Tensor:
    return low + (high - low) * rand(count)


def clustered(count: int, size: int, objects: int = 100, classes: int = 1) -> tuple[Tensor, Tensor]:
    """Boxes as a detector proposes them, many around each object, and their scores; classes far apart."""
    which = torch.randint(objects, (count,))
    centre, side = size * rand(objects, 2), size * uniform(objects, 0.05, 0.4)[:, None] * rand(objects, 2)
    middle = centre[which] + 0.2 * side[which] * randn(count, 2)
    half = side[which] * uniform(count, 0.35, 0.65)[:, None]
    apart = 2 * size * torch.randint(classes, (count,))[:, None]
    return torch.cat((middle - half, middle + half), dim=1) + apart, rand(count)


def turned(count: int, size: int = 1024) -> tuple[Tensor, Tensor]:
    """Rotated boxes, clustered as well, and their scores."""
    boxes, scores = clustered(count, size)
    middle, side = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    return torch.cat((middle, side, uniform(count, -1.5, 1.5)[:, None]), dim=1), scores


def quadrilaterals(count: int) -> tuple[Tensor, Tensor]:
    boxes, scores = clustered(count, 1024)
    return boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]], scores


def pyramid_rois(count: int) -> dict[int, Tensor]:
    """RoIs (K, 5) of one image for each stride, by the FPN's rule: a side of 112 to 224 px goes to 8."""
    side = 2 ** uniform(count, 4.5, 9.2)
    aspect = uniform(count, 0.6, 1.6).sqrt()
    width, height = (side * aspect).clamp(max=WIDTH - 1), (side / aspect).clamp(max=HEIGHT - 1)
    x, y = rand(count) * (WIDTH - width), rand(count) * (HEIGHT - height)
    boxes = torch.stack((torch.zeros(count), x, y, x + width, y + height), dim=1)
    level = (side / 56).log2().floor().clamp(0, 3)
    return {2 ** (2 + n): boxes[level == n] for n in range(4)}


def nms(count: int, threshold: float, classes: int = 80) -> Calls:
    return [(*clustered(count, 640, classes=classes), threshold, 0)]


def soft_nms(count: int) -> Calls:
    boxes, scores = clustered(count, 640)
    return [(boxes, scores, boxes.new_empty(count, 5), 0.5, 0.5, 1e-3, 2, 0)]


def nms_match(count: int) -> Calls:
    boxes, scores = clustered(count, 640)
    return [(torch.cat((boxes, scores[:, None]), dim=1), 0.7)]


def polygon_nms(boxes: Tensor, scores: Tensor, *labels: Tensor) -> Calls:
    order = scores.argsort(descending=True)
    return [(boxes, scores, order, boxes[order], *labels, 0.1, 0)]


def polygon_iou(boxes: Tensor, priors: Tensor) -> Calls:
    return [(boxes, priors, boxes.new_zeros(len(boxes) * len(priors)), 0, False)]


def roi_align(count: int, bins: int, backward: bool = False, mode: int = AVERAGE) -> Calls:
    calls: Calls = []
    for stride, boxes in pyramid_rois(count).items():
        features, output = randn(1, 256, *PYRAMID[stride]), randn(len(boxes), 256, bins, bins)
        best = [torch.zeros_like(output) for _ in range(2)] if mode == MAXIMUM else [output.new_zeros(0)] * 2
        first = (output, boxes, *best, features) if backward else (features, boxes, output, *best)
        calls.append((*first, bins, bins, 1 / stride, 0, mode, True))
    return calls


def roi_pool(count: int, backward: bool = False) -> Calls:
    calls: Calls = []
    for stride, boxes in pyramid_rois(count).items():
        features, output = randn(1, 256, *PYRAMID[stride]), randn(len(boxes), 256, 7, 7)
        place = torch.randint(features[0, 0].numel(), output.shape, dtype=torch.int32)
        first = (output, boxes, place, features) if backward else (features, boxes, output, place)
        calls.append((*first, 7, 7, 1 / stride))
    return calls


def roi_align_rotated(backward: bool = False) -> Calls:
    calls: Calls = []
    for stride, boxes in pyramid_rois(BOXES).items():
        features, output = randn(1, 256, *PYRAMID[stride]), randn(len(boxes), 256, 7, 7)
        middle, size = (boxes[:, 1:3] + boxes[:, 3:]) / 2, boxes[:, 3:] - boxes[:, 1:3]
        rotated = torch.cat((boxes[:, :1], middle, size, uniform(len(boxes), -1.5, 1.5)[:, None]), dim=1)
        first = (output, rotated, features) if backward else (features, rotated, output)
        calls.append((*first, 7, 7, 1 / stride, 2, True, True))
    return calls


def deform_roi_pool(backward: bool = False) -> Calls:
    calls: Calls = []
    for stride, boxes in pyramid_rois(BOXES).items():
        features, output = randn(1, 256, *PYRAMID[stride]), randn(len(boxes), 256, 7, 7)
        offset = randn(len(boxes), 2, 7, 7)
        first = (output, features, boxes, offset) if backward else (features, boxes, offset)
        last = (torch.zeros_like(features), torch.zeros_like(offset)) if backward else (output,)
        calls.append((*first, *last, 7, 7, 1 / stride, 2, 0.1))
    return calls


def bezier_align(backward: bool = False) -> Calls:
    features, output = randn(1, 256, *PYRAMID[4]), randn(64, 256, 8, 32)
    x, y = uniform(64, 0, 1000)[:, None], uniform(64, 0, 700)[:, None]
    along, bend = torch.linspace(0, 200, 4), 20 * rand(64, 4)
    upper, lower = torch.stack((x + along, y + bend), dim=2), torch.stack((x + along, y + 40 + bend), dim=2)
    boxes = torch.cat((torch.zeros(64, 1), upper.flatten(1), lower.flip(1).flatten(1)), dim=1)
    first = (output, boxes, features) if backward else (features, boxes, output)
    return [(*first, 8, 32, 1 / 4, 2, True)]


def border_align(backward: bool = False) -> Calls:
    calls: Calls = []
    for stride in (8, 16, 32, 64):
        height, width = PYRAMID[stride]
        features, start = randn(1, 1024, height, width), rand(1, height * width, 2)
        boxes = torch.cat((start, start + rand(1, height * width, 2)), dim=2) * (min(height, width) / 2)
        output = randn(1, 256, height * width, 4)
        best = torch.zeros(output.shape, dtype=torch.int32)
        arguments = (output, boxes, best, features) if backward else (features, boxes, output, best)
        calls.append((*arguments, 10))
    return calls


def rotated_feature_align(backward: bool = False) -> Calls:
    calls: Calls = []
    for stride in (8, 16, 32, 64):
        features = randn(1, 256, 1024 // stride, 1024 // stride)
        boxes, _ = turned(features[0, 0].numel())
        first = (features, boxes.view(1, *features.shape[2:], 5), torch.zeros_like(features))
        calls.append((*first, 1 / stride, 5))
    return calls


def deform_conv(part: str, channels: int, stride: int) -> Calls:
    image, weight = randn(1, channels, *PYRAMID[stride]), randn(channels, channels, 3, 3)
    offset, gradient = randn(1, 18, *PYRAMID[stride]), randn(1, channels, *PYRAMID[stride])
    work = image.new_empty(0)
    geometry = (3, 3, 1, 1, 1, 1, 1, 1, 1, 1)
    if part == "forward":
        return [(image, weight, offset, gradient, work, work, *geometry, 1)]
    if part == "backward_input":
        filled = torch.zeros_like(image), torch.zeros_like(offset)
        return [(image, offset, gradient, *filled, weight, work, *geometry, 1)]
    return [(image, offset, gradient, torch.zeros_like(weight), work, work, *geometry, 1.0, 1)]


def modulated_deform_conv(channels: int, stride: int, backward: bool = False) -> Calls:
    image, weight = randn(1, channels, *PYRAMID[stride]), randn(channels, channels, 3, 3)
    offset, mask = randn(1, 18, *PYRAMID[stride]), rand(1, 9, *PYRAMID[stride])
    bias, output, work = randn(channels), torch.empty_like(image), image.new_empty(0)
    geometry = (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, True)
    if backward:
        filled = [torch.zeros_like(tensor) for tensor in (image, weight, bias, offset, mask)]
        return [(image, weight, bias, work, offset, mask, work, *filled, output.normal_(), *geometry)]
    return [(image, weight, bias, work, offset, mask, output, work, *geometry)]


def ms_deform_attn(levels: list[tuple[int, int]], queries: int = 0, backward: bool = False) -> Calls:
    """One layer of 8 heads, 32 channels, 4 points; a query for each pixel if ``queries`` is 0."""
    shapes = torch.tensor(levels)
    sizes = shapes.prod(dim=1)
    queries = queries or int(sizes.sum())
    value = randn(1, int(sizes.sum()), 8, 32)
    locations = rand(1, queries, 8, len(levels), 4, 2)
    weights = rand(1, queries, 8, len(levels) * 4).softmax(dim=-1).view(1, queries, 8, len(levels), 4)
    first = (value, shapes, sizes.cumsum(0) - sizes, locations, weights)
    if backward:
        filled = [torch.zeros_like(tensor) for tensor in (value, locations, weights)]
        return [(*first, randn(1, queries, 256), *filled, 64)]
    return [(*first, 64)]


def focal_loss(backward: bool = False) -> Calls:
    logits, target = randn(22_000, 80), torch.randint(81, (22_000,))
    return [(logits, target, logits.new_empty(0), torch.empty_like(logits), 2.0, 0.25)]


def psamask(kind: int, backward: bool = False) -> Calls:
    height, width, mask = 30, 30, 59
    windows, pairs = randn(1, mask * mask, height, width), randn(1, height * width, height, width)
    first = (pairs, windows) if backward else (windows, pairs)
    return [(*first, kind, 1, height, width, mask, mask, mask // 2, mask // 2)]


def carafe(backward: bool = False) -> Calls:
    height, width = PYRAMID[16]
    features, masks = randn(1, 256, height, width), rand(1, 25, 2 * height, 2 * width)
    output = randn(1, 256, 2 * height, 2 * width)
    if backward:
        return [(output, features, masks, torch.zeros_like(features), torch.zeros_like(masks), 5, 1, 2)]
    return [(features, masks, output, 5, 1, 2)]


def masked_columns() -> Calls:
    height, width = PYRAMID[8]
    rows, columns = (rand(height, width) < 0.1).nonzero().unbind(1)
    return [(randn(1, 256, height, width), rows, columns, randn(256 * 9, len(rows)), 3, 3, 1, 1)]


def active_rotated_filter(backward: bool = False) -> Calls:
    filters, turns = randn(32, 256, 1, 3, 3), torch.stack([torch.randperm(9) for _ in range(8)], dim=1)
    output = randn(256, 256, 3, 3)
    first, last = (output, filters) if backward else (filters, output)
    return [(first, (turns + 1).int().view(1, 3, 3, 8), last)]


def contour_expand() -> Calls:
    distance = (torch.arange(160) % 20 - 10).abs()
    masks = torch.stack([torch.maximum(distance[:, None], distance) < 9 - n for n in range(7)])
    row = torch.arange(160) // 20
    return [
        (masks.byte(), ((row[:, None] * 8 + row + 1) * masks[-1]).int(), 0, 64)
    ]  # mmcv wants the labels' number


def bbox_overlaps(count: int, others: int) -> Calls:
    return [
        (clustered(count, 640)[0], clustered(others, 640)[0], torch.zeros(count, others), 0, False, 0),
    ]


def point_cloud(count: int) -> Tensor:
    place = uniform(count, 0, 69), uniform(count, -39, 39), uniform(count, -3, 1)
    return torch.stack((*place, rand(count)), dim=1)


def voxelize(hard: bool) -> Calls:
    size, span = torch.tensor([0.16, 0.16, 4]), torch.tensor([0, -39.68, -3, 69.12, 39.68, 1])
    if not hard:
        return [(point_cloud(20_000), size, span, torch.zeros(20_000, 3, dtype=torch.int32), 3)]
    voxels, cells = torch.zeros(16_000, 32, 4), torch.zeros(16_000, 3, dtype=torch.int32)
    counts, number = torch.zeros(16_000, dtype=torch.int32), torch.zeros((), dtype=torch.long)
    return [(point_cloud(20_000), size, span, voxels, cells, counts, number, 32, 16_000, 3, True)]


def points_in_boxes() -> Calls:
    boxes = torch.cat(
        (point_cloud(50)[:, :3], uniform(150, 1, 5).view(50, 3), uniform(50, -3, 3)[:, None]), dim=1
    )
    return [(boxes, point_cloud(20_000)[:, :3].contiguous(), torch.zeros(50, 20_000, dtype=torch.int32))]

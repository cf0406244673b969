"""All that a test leaves in a run folder beside its numbers: pictures, and a page that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segdet_kit.reports.contact_sheet import contact_sheet
from segdet_kit.reports.page import Picture, report_page
from segdet_kit.reports.plots import confusion_plot, f1_plot, precision_recall_plot
from segdet_kit.scoring.per_image import IOU, SCORE

if TYPE_CHECKING:
    from segdet_kit.openmmlab.evaluation import Evaluation


def report_files(scores: Evaluation, name: str, facts: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files by name: PNGs, and ``report.html`` with all of them inside."""
    pictures = _pictures(scores)
    page = report_page(
        name,
        summary=f"{scores.images} test images, {len(scores.classes)} classes",
        scores=scores.metrics,
        per_class=scores.per_class,
        pictures=list(pictures.values()),
        facts=facts,
    )
    return {file: picture.png for file, picture in pictures.items()} | {"report.html": page.encode()}


def _pictures(scores: Evaluation) -> dict[str, Picture]:
    pictures: dict[str, Picture] = {}
    tested = scores.tested
    if tested is not None and scores.confusion is not None:
        if tested.measure == "F1":
            kind = "mask" if "mask" in tested.images[0].objects else "box"
            matched = [image.objects[kind] for image in tested.images]
            of = {"mask": "masks", "box": "boxes"}[kind]
            pictures["confusion.png"] = Picture(
                "Confusion matrix",
                f"Counts of objects, by their {of}, at an IoU of {IOU} and scores from {SCORE} on. The last "
                "row is background that was taken for an object, the last column objects that were missed.",
                confusion_plot(scores.confusion, [*scores.classes, "background"], f"Objects, by {of}"),
            )
            pictures["precision_recall.png"] = Picture(
                "Precision and recall",
                f"Of {of} at an IoU of {IOU}, as COCO reads it: precision made to fall. AP50 is the area.",
                precision_recall_plot(matched, scores.classes),
            )
            pictures["f1.png"] = Picture(
                "F1 over the score threshold",
                f"Of {of} at an IoU of {IOU}. The peak tells the threshold to predict with.",
                f1_plot(matched, scores.classes),
            )
        elif tested.measure == "PQ":
            pictures["confusion.png"] = Picture(
                "Confusion matrix",
                "Counts of segments, at an IoU above 0.5 whatever their classes are. The last row is "
                "segments that are not there, the last column segments that were missed.",
                confusion_plot(scores.confusion, [*scores.classes, "none"], "Segments"),
            )
        else:
            pictures["confusion.png"] = Picture(
                "Confusion matrix",
                "Counts of pixels; those without truth are left out.",
                confusion_plot(scores.confusion, scores.classes, "Pixels"),
            )
    if tested is not None and scores.worst:
        unit = tested.measure
        pictures["worst.png"] = Picture(
            "Worst images",
            f"Those of the lowest {unit}, the worst first: label, then prediction.",
            contact_sheet(scores.worst, scores.classes, f"Lowest {unit}", SCORE, unit=unit),
        )
    if scores.examples:
        pictures["examples.png"] = Picture(
            "Examples",
            "Spread evenly over the test images: label, then prediction.",
            contact_sheet(scores.examples, scores.classes, "Examples", SCORE),
        )
    return pictures

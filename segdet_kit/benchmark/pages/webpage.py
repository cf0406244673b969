"""A benchmark as one HTML file: nothing in it comes from elsewhere, and no script runs."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from segdet_kit.benchmark.document import Document, Target
from segdet_kit.benchmark.pages import plots
from segdet_kit.benchmark.pages.tables import table
from segdet_kit.benchmark.pages.wording import (
    machine_facts,
    number,
    remarks,
    setting_facts,
    version_facts,
)
from segdet_kit.reports import page as reports

TILES = 8
"""Up to so many comparisons stand on top in large letters; of more, the plot and the table tell."""


def html(document: Document) -> str:
    """Return the page: verdicts, what a reader must know, table, plots, and how it was measured."""
    parts = [f"<p>{escape(_summary(document))}</p>"]
    if 0 < len(document["comparisons"]) <= TILES:
        parts.append(reports.tiles(_headlines(document)))
    elif len(document["targets"]) == 1:
        target = document["targets"][0]
        parts.append(reports.tiles({"images per second": number(target["images_per_second"])}))
    if said := remarks(document):
        parts.append(f'<div class="notes">{"".join(f"<p>{escape(each)}</p>" for each in said)}</div>')
    if document["targets"]:
        head, *rows = table(document)
        parts.append(f"<h2>Results</h2>{reports.table(head, rows)}")
    parts += [reports.figure(picture) for picture in _pictures(document)]
    parts.append(f"<h2>Machine</h2>{reports.facts_table(machine_facts(document['machine']))}")
    facts = setting_facts(document["settings"]) | {"versions": version_facts(document["versions"])}
    parts.append(f"<h2>How it was measured</h2>{reports.facts_table(facts)}")
    return reports.page("Benchmark", parts)


def _summary(document: Document) -> str:
    count, settings = len(document["targets"]), document["settings"]
    text = f"{count} target{'' if count == 1 else 's'} on {document['machine']['processor']}"
    if document["comparisons"]:
        baseline = document["comparisons"][0]["baseline"]
        text += f", in turns. The baseline is {baseline}; all intervals together hold at"
        text += f" {settings['confidence']:.0%}"
    return f"{text}."


def _headlines(document: Document) -> dict[str, str]:
    return {
        f"{c['target']}: {c['verdict']}, {c['low']:.2f} to {c['high']:.2f}": f"{c['ratio']:.2f}×"
        for c in document["comparisons"]
    }


def _pictures(document: Document) -> Iterator[reports.Picture]:
    targets, comparisons = document["targets"], document["comparisons"]
    if comparisons:
        yield reports.Picture(
            "Speed beside the baseline",
            "A line is the interval of the ratio. Only where it leaves out 1 is a difference shown.",
            plots.ratio_plot(comparisons),
        )
    if not targets:
        return
    yield reports.Picture(
        "Latency",
        "Of a step, which is a whole batch. Half of the steps took longer than p50, one of a hundred longer "
        "than p99.",
        plots.latency_plot(targets),
    )
    if any(target["stages"] for target in targets):
        yield reports.Picture(
            "Where the time goes",
            "Medians of the stages. Other is what they leave of the median step.",
            plots.stage_plot(targets),
        )
    text = "At its largest, of each target's own process."
    yield reports.Picture("Memory", text, plots.memory_plot(targets))
    for score, scored in _by_score(targets).items():
        yield reports.Picture(
            f"{score} and speed", "Up and to the right is better.", plots.accuracy_plot(scored, score)
        )


def _by_score(targets: list[Target]) -> dict[str, list[Target]]:
    """Return targets by the first of their scores, where there are any."""
    found: dict[str, list[Target]] = {}
    for target in targets:
        for score in list(target["facts"].get("accuracy", {}))[:1]:
            found.setdefault(score, []).append(target)
    return found

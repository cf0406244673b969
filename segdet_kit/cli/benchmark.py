"""The command ``benchmark``."""

# Typer reads the annotations when the program starts, so they are not postponed here.

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from segdet_kit.cli.arguments import Settings, print_text


class Mode(str, Enum):
    """What is measured."""

    infer = "infer"
    train = "train"
    data = "data"
    startup = "startup"


def benchmark(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...",
            help="Runs, exported models, recipes and configs; CONFIG@CHECKPOINT has weights. "
            "Or: compare A.json B.json",
        ),
    ],
    baseline: Annotated[
        str | None, typer.Option(help="The target that others are compared with; the first unless given.")
    ] = None,
    mode: Annotated[
        Mode,
        typer.Option(
            help="infer: from files to results. train: iterations. data: the training pipeline alone. "
            "startup: from a new process to its first image."
        ),
    ] = Mode.infer,
    runtimes: Annotated[
        list[str] | None, typer.Option("--runtime", metavar="NAME", help="What computes. Can be repeated.")
    ] = None,
    batch_sizes: Annotated[
        list[int] | None,
        typer.Option("--batch-size", metavar="N", min=1, help="Images of a step. Can be repeated."),
    ] = None,
    sizes: Annotated[
        list[str] | None, typer.Option("--size", metavar="HxW", help="Of images. Can be repeated.")
    ] = None,
    precisions: Annotated[
        list[str] | None, typer.Option("--precision", metavar="NAME", help="Such as fp32. Can be repeated.")
    ] = None,
    devices: Annotated[
        list[str] | None,
        typer.Option("--device", metavar="NAME", help="auto, cpu, cuda or cuda:N. Can be repeated."),
    ] = None,
    threads: Annotated[
        list[int] | None,
        typer.Option(
            "--threads", metavar="N", min=1, help="That compute; all cores unless given. Can be repeated."
        ),
    ] = None,
    with_accuracy: Annotated[
        bool, typer.Option("--with-accuracy", help="Score each target on its test split too.")
    ] = False,
    precision_goal: Annotated[
        float, typer.Option(min=0, help="Measure until intervals are so narrow, as a part of the ratio.")
    ] = 0.05,
    max_time: Annotated[float, typer.Option(min=0, help="Or until so many seconds have passed.")] = 600,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="F", help="Write it as JSON.")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="F", help="Write it as CSV.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", metavar="F", help="Write it as Markdown.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", metavar="F", help="Write it as a page with plots.")
    ] = None,
    settings: Settings = None,
) -> None:
    """Measure how fast targets are, and say which differences are more than noise.

    Targets take turns in processes of their own, on the same images, until the ratio to the baseline is known
    as well as was asked. The ratio is one of images per second: above 1 is faster. Options that are repeated
    are crossed. Exit status 1 if a target failed.

    benchmark compare A.json B.json tells what changed from one measurement to another.
    """
    from segdet_kit.commands import benchmark as command

    if targets[0] == "compare":
        print_text(command.compare(targets[1:]))
        return
    asked = command.Asked(
        targets=targets,
        baseline=baseline,
        mode=mode.value,
        runtimes=runtimes or [None],
        batch_sizes=batch_sizes or [1],
        sizes=sizes or [None],
        precisions=precisions or [None],
        devices=devices or ["auto"],
        threads=threads or [None],
        with_accuracy=with_accuracy,
        precision_goal=precision_goal,
        max_time=max_time,
        settings=settings or [],
    )
    files = {"json": json_file, "csv": csv_file, "markdown": markdown_file, "html": html_file}
    text, whole = command.benchmark(asked, files)
    print_text(text)
    raise typer.Exit(0 if whole else 1)

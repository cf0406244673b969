"""The command group ``data``."""

# Typer reads the annotations when the program starts, so they are not postponed here.

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from segdet_kit.cli.arguments import AsJson, Settings, print_text


class Split(str, Enum):
    """Which images ``data preview`` shows."""

    train = "train"
    val = "val"
    test = "test"


class DataFormat(str, Enum):
    """What ``data convert`` writes."""

    coco = "coco"
    voc = "voc"
    yolo = "yolo"
    labelme = "labelme"
    mask_folders = "mask-folders"
    instance_folders = "instance-folders"


app = typer.Typer(help="What is in a data set.", no_args_is_help=True)


@app.command("check")
def data_check(
    config: Annotated[str, typer.Argument(metavar="CONFIG|RUN", help="A recipe, a config or a run folder.")],
    as_json: AsJson = False,
    settings: Settings = None,
) -> None:
    """Count what the splits of a data set hold, and find what is wrong with them.

    Exit status 1 if anything is worse than a warning. Every training begins with this check.
    """
    from segdet_kit.commands.data_check import data_check as command

    text, ok = command(config, settings or [], as_json)
    print_text(text)
    raise typer.Exit(0 if ok else 1)


@app.command("preview")
def data_preview(
    config: Annotated[str, typer.Argument(metavar="CONFIG|RUN", help="A recipe, a config or a run folder.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    split: Annotated[Split, typer.Option(help="Which images.")] = Split.train,
    count: Annotated[int, typer.Option(min=1, help="How many of them.")] = 16,
    settings: Settings = None,
) -> None:
    """Draw samples as a model gets them, augmented, with their labels: a page of pictures.

    Those of training are the first ones that it begins with, fixed by the recipe's seed.
    """
    from segdet_kit.commands.data_preview import data_preview as command

    print_text(command(config, out, settings or [], split.value, count))


@app.command("convert")
def data_convert(
    config: Annotated[str, typer.Argument(metavar="CONFIG|RUN", help="A recipe, a config or a run folder.")],
    to: Annotated[DataFormat, typer.Option("--to", help="The layout to write.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write; it must not exist yet.")],
    settings: Settings = None,
) -> None:
    """Write the data set of a recipe in another layout, and say what that layout cannot hold.

    Splits, classes and labels are what the recipe reads; images are copied as they are.
    """
    from segdet_kit.commands.data_convert import data_convert as command

    print_text(command(config, to.value, out, settings or []))

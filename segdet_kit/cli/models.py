"""Commands on models: from training to export, and on the installation."""

# Typer reads the annotations when the program starts, so they are not postponed here.

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from segdet_kit.cli.arguments import (
    AsJson,
    Device,
    PassphraseFile,
    Runtime,
    Settings,
    Source,
    Untrusted,
    print_text,
)


class ConfigFormat(str, Enum):
    """How ``show`` writes a config."""

    py = "py"
    json = "json"


def train(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG|RUN", help="A recipe, a config, or a run to resume.")
    ],
    work_dir: Annotated[Path | None, typer.Option(help="The run folder. Default: runs/NAME")] = None,
    settings: Settings = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
    device: Device = "auto",
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's seed.")] = None,
) -> None:
    """Train a model into a run folder."""
    from segdet_kit.commands.train import train as command

    raise typer.Exit(command(config, work_dir, settings or [], resume, device, seed))


def test(
    source: Source,
    checkpoint: Annotated[Path | None, typer.Argument(help="Weights; a run's best unless given.")] = None,
    device: Device = "auto",
    runtime: Runtime = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="F", help="Write the scores as JSON.")
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="F", help="Write the table as CSV.")
    ] = None,
    settings: Settings = None,
    untrusted: Untrusted = False,
) -> None:
    """Score a model on its test split: a table for each class and overall."""
    from segdet_kit.commands.test import test as command

    print_text(command(source, checkpoint, device, json_file, csv_file, settings or [], untrusted, runtime))


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN RUN...", help="Tested run folders; the first is compared with."),
    ],
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="F", help="Write the comparison as JSON.")
    ] = None,
) -> None:
    """Compare tested runs: their scores side by side, and which differences are more than noise.

    Test images are drawn anew a thousand times, the same for both runs: a paired bootstrap. What
    the choice of images explains is called noise.
    """
    from segdet_kit.commands.compare import compare as command

    print_text(command(runs, json_file))


def predict(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|CONFIG [CHECKPOINT] INPUTS...",
            help="A run folder, or a config and its weights; then images, videos and other streams that "
            "readers take, folders and globs.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    device: Device = "auto",
    runtime: Runtime = None,
    score: Annotated[float, typer.Option(help="Least score of what is drawn; all are in the JSON.")] = 0.3,
    tile: Annotated[
        int | None, typer.Option(min=32, help="Cut images into tiles of so many pixels a side.")
    ] = None,
    overlap: Annotated[int, typer.Option(min=0, help="Pixels that neighbouring tiles share.")] = 64,
    track: Annotated[
        bool, typer.Option("--track", help="Follow objects from frame to frame of a stream.")
    ] = False,
    frames: Annotated[
        int | None, typer.Option(min=1, help="How many frames of each stream, at most.")
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option("--read", metavar="KEY=VALUE", help="An argument of the reader. Can be repeated."),
    ] = None,
    untrusted: Untrusted = False,
) -> None:
    """Predict on images: a JSON and an overlay picture for each; on videos and other streams: one JSON.

    Folders are searched with their sub-folders, and results are called like the images. Images are
    turned as their EXIF orientation says. Unreadable ones are listed at the end: exit status 1.
    """
    from segdet_kit.commands.predict import StreamOptions
    from segdet_kit.commands.predict import predict as command
    from segdet_kit.tiling.grid import Tiling

    streams = StreamOptions(tuple(read or ()), frames, track)
    tiling = Tiling(tile, overlap) if tile else None
    raise typer.Exit(command(arguments, out, device, score, untrusted, runtime, streams, tiling))


def export(
    source: Source,
    out: Annotated[
        Path, typer.Option("--out", help="The folder to write a folder of each format to.")
    ] = Path("exported"),
    checkpoint: Annotated[Path | None, typer.Argument(help="Weights; a run's best unless given.")] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="NAME", help="An exporter; the recipe's unless given. Can be repeated."
        ),
    ] = None,
    fixed_size: Annotated[
        bool, typer.Option("--fixed-size", help="For images of the first test image's size alone.")
    ] = False,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="NAME|FILE", help="Who can open a sealed bundle: a key. Can be repeated."
        ),
    ] = None,
    sign: Annotated[
        list[str] | None,
        typer.Option("--sign", metavar="NAME", help="Who signs it: a signer of yours. Can be repeated."),
    ] = None,
    dest: Annotated[
        str | None,
        typer.Option("--dest", metavar="URL", help="Where it is copied to: sftp://host/folder/NAME"),
    ] = None,
    passphrase_file: PassphraseFile = None,
    settings: Settings = None,
) -> None:
    """Write a model for other runtimes, and check it beside torch on images of the test split.

    What does not agree is not written. test and predict take the folder of a format as they take a run. With
    --format sealed-bundle the model, or what another format wrote of it, is sealed as bundle seal does.
    """
    from segdet_kit.commands.export import export as command

    secret = str(passphrase_file) if passphrase_file else None
    options = {"to": to, "sign": sign, "dest": dest, "passphrase_file": secret}
    given = {name: value for name, value in options.items() if value}
    print_text(command(source, checkpoint, formats or [], out, fixed_size, settings or [], given))


def import_(
    file: Annotated[Path, typer.Argument(help="A checkpoint that torch.save wrote.")],
    out: Annotated[Path, typer.Option("--out", help="The .safetensors file to write.")],
) -> None:
    """Take the tensors out of a pickled checkpoint, which runs nothing of it.

    It is read in a process of its own, with limits. test and predict take what is written as weights.
    """
    from segdet_kit.commands.import_ import import_ as command

    print_text(command(file, out))


def show(
    config: Annotated[str, typer.Argument(metavar="CONFIG|RUN", help="A recipe, a config or a run folder.")],
    form: Annotated[ConfigFormat, typer.Option("--format", help="How to write it.")] = ConfigFormat.py,
    origin: Annotated[bool, typer.Option("--origin", help="Print where each key came from.")] = False,
    settings: Settings = None,
    untrusted: Untrusted = False,
) -> None:
    """Print the config that a recipe is assembled to."""
    from segdet_kit.commands.show import show as command

    print_text(command(config, settings or [], form.value, origin, untrusted))


def doctor(as_json: AsJson = False) -> None:
    """Check the installation; each fault comes with the command that mends it."""
    from segdet_kit.commands.doctor import doctor as command

    text, healthy = command(as_json)
    print_text(text)
    raise typer.Exit(0 if healthy else 1)

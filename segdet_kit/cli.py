"""The command line: signatures and help. Each body imports its command and calls it."""

# Typer reads the annotations when the program starts, so they are not postponed here.

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from segdet_kit import __version__

app = typer.Typer(
    name="segdet-kit",
    help="Image segmentation and object detection from plugins, on OpenMMLab.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)
plugins_app = typer.Typer(help="What the installed plugins offer.", no_args_is_help=True)
app.add_typer(plugins_app, name="plugins")
data_app = typer.Typer(help="What is in a data set.", no_args_is_help=True)
app.add_typer(data_app, name="data")


class ConfigFormat(str, Enum):
    """How ``show`` writes a config."""

    py = "py"
    json = "json"


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


class Licence(str, Enum):
    """What ``plugins new`` puts a package under."""

    apache = "apache-2.0"
    mit = "mit"
    bsd = "bsd-3-clause"
    none = "none"


Source = Annotated[str, typer.Argument(metavar="RUN|CONFIG", help="A run folder, a recipe or a config.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the recipe: schedule.epochs=3"),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _version(wanted: bool) -> None:
    if wanted:
        _print(f"segdet-kit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """Image segmentation and object detection from plugins, on OpenMMLab."""


@app.command()
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


@app.command()
def test(
    source: Source,
    checkpoint: Annotated[Path | None, typer.Argument(help="Weights; a run's best unless given.")] = None,
    device: Device = "auto",
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="F", help="Write the scores as JSON.")
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="F", help="Write the table as CSV.")
    ] = None,
    settings: Settings = None,
) -> None:
    """Score a model on its test split: a table for each class and overall."""
    from segdet_kit.commands.test import test as command

    _print(command(source, checkpoint, device, json_file, csv_file, settings or []))


@app.command()
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

    _print(command(runs, json_file))


@app.command()
def predict(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|CONFIG [CHECKPOINT] INPUTS...",
            help="A run folder, or a config and its weights; then images, folders and globs.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    device: Device = "auto",
    score: Annotated[float, typer.Option(help="Least score of what is drawn; all are in the JSON.")] = 0.3,
) -> None:
    """Predict on images: a JSON and an overlay picture for each.

    Folders are searched with their sub-folders, and results are called like the images. Images are
    turned as their EXIF orientation says. Unreadable ones are listed at the end: exit status 1.
    """
    from segdet_kit.commands.predict import predict as command

    raise typer.Exit(command(arguments, out, device, score))


@app.command()
def export(
    source: Source,
    formats: Annotated[
        list[str], typer.Option("--format", metavar="NAME", help="An exporter. Can be repeated.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder to write a folder of each format to.")],
    checkpoint: Annotated[Path | None, typer.Argument(help="Weights; a run's best unless given.")] = None,
    fixed_size: Annotated[
        bool, typer.Option("--fixed-size", help="For images of the first test image's size alone.")
    ] = False,
    settings: Settings = None,
) -> None:
    """Write a model for other runtimes, and check it beside torch on images of the test split.

    What does not agree is not written. test and predict take the folder of a format as they take a run.
    """
    from segdet_kit.commands.export import export as command

    _print(command(source, checkpoint, formats, out, fixed_size, settings or []))


@app.command()
def show(
    config: Annotated[str, typer.Argument(metavar="CONFIG|RUN", help="A recipe, a config or a run folder.")],
    form: Annotated[ConfigFormat, typer.Option("--format", help="How to write it.")] = ConfigFormat.py,
    origin: Annotated[bool, typer.Option("--origin", help="Print where each key came from.")] = False,
    settings: Settings = None,
) -> None:
    """Print the config that a recipe is assembled to."""
    from segdet_kit.commands.show import show as command

    _print(command(config, settings or [], form.value, origin))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check the installation; each fault comes with the command that mends it."""
    from segdet_kit.commands.doctor import doctor as command

    text, healthy = command(as_json)
    _print(text)
    raise typer.Exit(0 if healthy else 1)


@data_app.command("check")
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
    _print(text)
    raise typer.Exit(0 if ok else 1)


@data_app.command("preview")
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

    _print(command(config, out, settings or [], split.value, count))


@data_app.command("convert")
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

    _print(command(config, to.value, out, settings or []))


@plugins_app.command("list")
def plugins_list(
    kind: Annotated[str | None, typer.Option(help="Only components of this kind.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the components of all plugins, and the plugins that failed."""
    from segdet_kit.commands.plugins_list import plugins_list as command

    _print(command(kind, as_json))


@plugins_app.command("info")
def plugins_info(
    name: Annotated[str, typer.Argument(help="A component's name, or KIND/NAME.")],
    as_json: AsJson = False,
) -> None:
    """Describe one component: its target, signature, defaults and provider."""
    from segdet_kit.commands.plugins_info import plugins_info as command

    _print(command(name, as_json))


@plugins_app.command("check")
def plugins_check(
    name: Annotated[str | None, typer.Argument(help="A plugin's name; all of them unless given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check that plugins do what they say: the conformance test. Exit status 1 on any failure."""
    from segdet_kit.commands.plugins_check import plugins_check as command

    raise typer.Exit(command(name, as_json))


@plugins_app.command("lock")
def plugins_lock() -> None:
    """Allow all installed plugins as they are now, by the hash of their RECORD.

    What is denied stays denied. Editable installs, whose sources RECORD does not list, have to be
    allowed by name.
    """
    from segdet_kit.commands.plugins_lock import plugins_lock as command

    _print(command())


@plugins_app.command("allow")
def plugins_allow(
    name: Annotated[str, typer.Argument(help="A distribution with a plugin, as pip calls it.")],
) -> None:
    """Allow one installed distribution as it is now."""
    from segdet_kit.commands.plugins_lock import plugins_allow as command

    _print(command(name))


@plugins_app.command("deny")
def plugins_deny(
    name: Annotated[str, typer.Argument(help="A distribution, as pip calls it; it need not be installed.")],
) -> None:
    """Never import the plugins of a distribution, in any version."""
    from segdet_kit.commands.plugins_lock import plugins_deny as command

    _print(command(name))


@plugins_app.command("verify")
def plugins_verify(as_json: AsJson = False) -> None:
    """Compare every file of the allowed plugins with what was locked. Exit status 1 on any difference."""
    from segdet_kit.commands.plugins_verify import plugins_verify as command

    text, same = command(as_json)
    _print(text)
    raise typer.Exit(0 if same else 1)


@plugins_app.command("new")
def plugins_new(
    name: Annotated[str, typer.Argument(help="Of the package: segdet-maple offers components named maple.")],
    kinds: Annotated[
        list[str], typer.Option("--kind", metavar="KIND", help="What it offers. Can be repeated.")
    ],
    out: Annotated[Path | None, typer.Option(help="The folder to write. Default: NAME")] = None,
    licence: Annotated[Licence, typer.Option(help="What the package is under.")] = Licence.apache,
) -> None:
    """Write a package that a new plugin starts from: it installs, passes its tests and trains."""
    from segdet_kit.commands.plugins_new import plugins_new as command

    _print(command(name, kinds, out, licence.value))

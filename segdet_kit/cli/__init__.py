"""The command line: signatures and help. Each body imports its command and calls it."""

# Typer reads the annotations when the program starts, so they are not postponed here.

from typing import Annotated

import typer

from segdet_kit import __version__
from segdet_kit.cli import benchmark, bundle, data, keys, models, plugins
from segdet_kit.cli.arguments import print_text

app = typer.Typer(
    name="segdet-kit",
    help="Image segmentation and object detection from plugins, on OpenMMLab.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print_text(f"segdet-kit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """Image segmentation and object detection from plugins, on OpenMMLab."""


for command in (
    models.train,
    models.test,
    models.compare,
    models.predict,
    models.export,
    benchmark.benchmark,
    models.show,
    models.doctor,
):
    app.command()(command)
app.command("import")(models.import_)
app.add_typer(data.app, name="data")
app.add_typer(bundle.app, name="bundle")
app.add_typer(keys.app, name="keys")
app.add_typer(plugins.app, name="plugins")

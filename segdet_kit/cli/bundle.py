"""The command group ``bundle``."""

# Typer reads the annotations when the program starts, so they are not postponed here.

from pathlib import Path
from typing import Annotated

import typer

from segdet_kit.cli.arguments import AsJson, print_text

Bundle = Annotated[Path, typer.Argument(metavar="FILE", help="A sealed bundle.")]

app = typer.Typer(help="Models as sealed files: signed, and encrypted for whom they are meant.")


@app.callback(no_args_is_help=True)
def bundle() -> None:
    """Models as sealed files: signed, and encrypted for whom they are meant."""


@app.command("inspect")
def bundle_inspect(file: Bundle, as_json: AsJson = False) -> None:
    """Tell what anybody can see of a bundle, without a key: its size, hash and number of recipients."""
    from segdet_kit.commands.bundle_inspect import bundle_inspect as command

    print_text(command(file, as_json))

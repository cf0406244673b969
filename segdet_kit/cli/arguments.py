"""Arguments that several commands have, and how a command prints."""

# Typer reads the annotations when the program starts, so they are not postponed here.

import sys
from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[str, typer.Argument(metavar="RUN|CONFIG", help="A run folder, a recipe or a config.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the recipe: schedule.epochs=3"),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Runtime = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What runs the model. Default: torch, or what the export names."),
]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="Its first line unlocks the keys. Default: the keyring, or a prompt.")
]
Untrusted = Annotated[
    bool, typer.Option("--untrusted", help="A stranger wrote the config: JSON alone, and nothing of it runs.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def print_text(text: str) -> None:
    """Write a command's answer to stdout."""
    sys.stdout.write(text + "\n")

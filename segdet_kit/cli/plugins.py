"""The command group ``plugins``."""

# Typer reads the annotations when the program starts, so they are not postponed here.

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from segdet_kit.cli.arguments import AsJson, print_text


class Licence(str, Enum):
    """What ``plugins new`` puts a package under."""

    apache = "apache-2.0"
    mit = "mit"
    bsd = "bsd-3-clause"
    none = "none"


app = typer.Typer(help="What the installed plugins offer.", no_args_is_help=True)


@app.command("list")
def plugins_list(
    kind: Annotated[str | None, typer.Option(help="Only components of this kind.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the components of all plugins, and the plugins that failed."""
    from segdet_kit.commands.plugins_list import plugins_list as command

    print_text(command(kind, as_json))


@app.command("info")
def plugins_info(
    name: Annotated[str, typer.Argument(help="A component's name, or KIND/NAME.")],
    as_json: AsJson = False,
) -> None:
    """Describe one component: its target, signature, defaults and provider."""
    from segdet_kit.commands.plugins_info import plugins_info as command

    print_text(command(name, as_json))


@app.command("check")
def plugins_check(
    name: Annotated[str | None, typer.Argument(help="A plugin's name; all of them unless given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check that plugins do what they say: the conformance test. Exit status 1 on any failure."""
    from segdet_kit.commands.plugins_check import plugins_check as command

    raise typer.Exit(command(name, as_json))


@app.command("lock")
def plugins_lock() -> None:
    """Allow all installed plugins as they are now, by the hash of their RECORD.

    What is denied stays denied. Editable installs, whose sources RECORD does not list, have to be
    allowed by name.
    """
    from segdet_kit.commands.plugins_lock import plugins_lock as command

    print_text(command())


@app.command("allow")
def plugins_allow(
    name: Annotated[str, typer.Argument(help="A distribution with a plugin, as pip calls it.")],
) -> None:
    """Allow one installed distribution as it is now."""
    from segdet_kit.commands.plugins_lock import plugins_allow as command

    print_text(command(name))


@app.command("deny")
def plugins_deny(
    name: Annotated[str, typer.Argument(help="A distribution, as pip calls it; it need not be installed.")],
) -> None:
    """Never import the plugins of a distribution, in any version."""
    from segdet_kit.commands.plugins_lock import plugins_deny as command

    print_text(command(name))


@app.command("verify")
def plugins_verify(as_json: AsJson = False) -> None:
    """Compare every file of the allowed plugins with what was locked. Exit status 1 on any difference."""
    from segdet_kit.commands.plugins_verify import plugins_verify as command

    text, same = command(as_json)
    print_text(text)
    raise typer.Exit(0 if same else 1)


@app.command("new")
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

    print_text(command(name, kinds, out, licence.value))

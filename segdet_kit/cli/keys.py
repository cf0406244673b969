"""The command group ``keys``."""

# Typer reads the annotations when the program starts, so they are not postponed here.

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from segdet_kit.cli.arguments import AsJson, PassphraseFile, print_text


class KeyKind(str, Enum):
    """What ``keys new`` makes."""

    recipient = "recipient"
    signer = "signer"


Name = Annotated[str, typer.Argument(help="The key's name: letters, digits, - and _.")]

app = typer.Typer(help="Keys that open and sign sealed bundles.", no_args_is_help=True)
trust = typer.Typer(help="Other people's keys.", no_args_is_help=True)
app.add_typer(trust, name="trust")


@app.command("new")
def keys_new(
    name: Name,
    kind: Annotated[
        KeyKind, typer.Option(help="A recipient opens what is sealed for it; a signer seals.")
    ] = KeyKind.recipient,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a key: a public half to give away, and a secret, locked by a passphrase."""
    from segdet_kit.commands.keys_new import keys_new as command

    print_text(command(name, kind.value, passphrase_file))


@app.command("list")
def keys_list(as_json: AsJson = False) -> None:
    """List your keys."""
    from segdet_kit.commands.keys_list import keys_list as command

    print_text(command(as_json))


@app.command("show")
def keys_show(
    name: Name,
    public: Annotated[bool, typer.Option("--public", help="Print the public half alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one of your keys. Its secret is never printed."""
    from segdet_kit.commands.keys_list import keys_show as command

    print_text(command(name, public, as_json))


@app.command("rotate")
def keys_rotate(name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Replace a key by a new one. The earlier recipient goes on opening; the earlier signer signs no more."""
    from segdet_kit.commands.keys_new import keys_rotate as command

    print_text(command(name, passphrase_file))


@app.command("revoke")
def keys_revoke(
    key: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A key's name, or its public file.")],
) -> None:
    """Let a key count for nothing: no signature of it is valid here, and nothing is sealed for it."""
    from segdet_kit.commands.keys_new import keys_revoke as command

    print_text(command(key))


@trust.command("add")
def trust_add(
    name: Annotated[str, typer.Argument(help="What to call the key.")],
    file: Annotated[Path, typer.Argument(help="The public half, as keys show --public prints it.")],
) -> None:
    """Give somebody's key a name: accept a signer's seals, or seal for a recipient."""
    from segdet_kit.commands.keys_trust import trust_add as command

    print_text(command(name, file))


@trust.command("remove")
def trust_remove(name: Annotated[str, typer.Argument(help="The name it was given.")]) -> None:
    """Forget somebody's key: a signer's seals count no more."""
    from segdet_kit.commands.keys_trust import trust_remove as command

    print_text(command(name))


@trust.command("list")
def trust_list(as_json: AsJson = False) -> None:
    """List other people's keys, and how many signatures a seal needs."""
    from segdet_kit.commands.keys_trust import trust_list as command

    print_text(command(as_json))


@trust.command("threshold")
def trust_threshold(
    count: Annotated[int, typer.Argument(min=1, help="How many signers must have signed.")],
) -> None:
    """Set how many trusted signers must have signed a seal, for all bundles that are opened here."""
    from segdet_kit.commands.keys_trust import trust_threshold as command

    print_text(command(count))

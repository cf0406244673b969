"""The command group ``bundle``."""

# Typer reads the annotations when the program starts, so they are not postponed here.

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from segdet_kit.cli.arguments import AsJson, PassphraseFile, print_text

Bundle = Annotated[Path, typer.Argument(metavar="FILE", help="A sealed bundle.", exists=True, dir_okay=False)]
NewBundle = Annotated[Path, typer.Option("--out", help="The file to write; it must not exist.")]
Signers = Annotated[
    list[str], typer.Option("--sign", metavar="NAME", help="A signer of yours. Can be repeated.")
]
Expires = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The last day on which it may be opened, in UTC."),
]

app = typer.Typer(help="Models as sealed files: signed, and encrypted for whom they are meant.")


@app.callback(no_args_is_help=True)
def bundle() -> None:
    """Models as sealed files: signed, and encrypted for whom they are meant."""


@app.command("seal")
def bundle_seal(
    source: Annotated[str, typer.Argument(metavar="RUN", help="A run folder, or an exported model.")],
    to: Annotated[
        list[str],
        typer.Option("--to", metavar="NAME|FILE", help="Who can open it: a key. Can be repeated."),
    ],
    sign: Signers,
    out: NewBundle,
    expires: Expires = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write a trained model as one file, which only its recipients can read and nobody can change.

    It holds the model's weights, config, labels and scores, and nothing of the machine that trained it.
    """
    from segdet_kit.commands.bundle_seal import bundle_seal as command

    print_text(command(source, to, sign, out, expires.date() if expires else None, passphrase_file))


@app.command("inspect")
def bundle_inspect(file: Bundle, as_json: AsJson = False) -> None:
    """Tell what anybody can see of a bundle, without a key: its size, hash and number of recipients."""
    from segdet_kit.commands.bundle_inspect import bundle_inspect as command

    print_text(command(file, as_json))


@app.command("verify")
def bundle_verify(file: Bundle, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """Check a bundle from its signatures to its last byte, and tell what it holds. Nothing of it is kept."""
    from segdet_kit.commands.bundle_open import bundle_verify as command

    print_text(command(file, passphrase_file, as_json))


@app.command("open")
def bundle_open(
    file: Bundle,
    out: Annotated[Path | None, typer.Option("--out", help="The folder to write; it must not exist.")] = None,
    in_memory: Annotated[
        bool, typer.Option("--in-memory", help="Write nothing; see that the model can be used.")
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Open a bundle into a folder, which appears whole or not at all.

    No folder is needed to use a model: test, predict and export take the bundle, and open it in memory.
    """
    from segdet_kit.commands.bundle_open import bundle_open as command

    print_text(command(file, out, in_memory, passphrase_file))


@app.command("reseal")
def bundle_reseal(
    file: Bundle,
    sign: Signers,
    out: NewBundle,
    add: Annotated[
        list[str] | None, typer.Option("--add", metavar="NAME|FILE", help="One more recipient.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="NAME|FILE", help="A recipient less.")
    ] = None,
    expires: Expires = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write the next edition of a bundle, for other recipients. Whoever opened it refuses the earlier one.

    Whoever was removed can still open the earlier edition, and keep what they opened.
    """
    from segdet_kit.commands.bundle_reseal import bundle_reseal as command

    until = expires.date() if expires else None
    print_text(command(file, add or [], remove or [], sign, out, until, passphrase_file))


@app.command("push")
def bundle_push(
    file: Annotated[Path, typer.Argument(help="A sealed bundle, or another file encrypted with age.")],
    dest: Annotated[str, typer.Argument(metavar="URL", help="sftp://host/folder/NAME, without a password.")],
) -> None:
    """Copy a sealed bundle to another place, whole or not at all. After a cut it goes on where it stopped."""
    from segdet_kit.commands.bundle_push import bundle_push as command

    print_text(command(file, dest))


@app.command("pull")
def bundle_pull(
    source: Annotated[str, typer.Argument(metavar="URL", help="Where it was pushed to.")],
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
) -> None:
    """Copy a sealed bundle from another place, and check that it is what was pushed."""
    from segdet_kit.commands.bundle_pull import bundle_pull as command

    print_text(command(source, file))

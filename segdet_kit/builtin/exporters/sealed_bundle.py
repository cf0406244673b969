"""A model as one file, encrypted for named recipients and signed: ``segdet-kit bundle seal`` as a format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segdet_kit.commands.bundle_seal import parties, seal_source, summary
from segdet_kit.errors import KitError
from segdet_kit.progress import shown
from segdet_kit.source import Source
from segdet_kit.transfer.carrier import push, transport_for

FILE = "model.age"


class SealedBundle:
    """Seals a run, or an exported model, and carries the file to a URL where one is given.

    ``to``: names or files of recipients' keys. ``sign``: names of the user's signers. ``dest``: a URL of an
    installed transport. ``passphrase_file``: its first line unlocks the signers, in the place of the keyring
    or a prompt. Raises ``KitError`` for keys that are not there or stay locked, and for a URL that nobody
    carries to.
    """

    def __init__(
        self,
        to: str | Sequence[str] = (),
        sign: str | Sequence[str] = (),
        dest: str | None = None,
        passphrase_file: str | None = None,
    ) -> None:
        if not to or not sign:
            raise KitError(
                "it is not said who can open the bundle" if not to else "it is not said who signs the bundle",
                "--to NAME --sign NAME; or in a recipe: "
                "exporters = [dict(type='sealed-bundle', to=['NAME'], sign='NAME')]",
            )
        if dest:
            transport_for(dest)
        self.dest = dest
        self.parties = parties(_listed(to), _listed(sign), Path(passphrase_file) if passphrase_file else None)

    def write(self, source: Source, folder: Path) -> None:
        """Seal the model into ``model.age``. Raises ``KitError``."""
        self.statement = seal_source(source, self.parties, folder / FILE)

    def deliver(self, folder: Path) -> list[str]:
        """Carry the file to its destination, and tell what it holds. Raises ``KitError``; the file stays."""
        file = folder / FILE
        lines = summary(file, self.parties, self.statement).splitlines()
        if not self.dest:
            return lines
        try:
            push(file, self.dest, shown("sent"))
        except KitError as error:
            # To seal again would make other bytes, of which nothing has arrived yet.
            hint = f"{error.hint}; the bundle is sealed, so the command is: segdet-kit bundle push {file} URL"
            raise KitError(error.message, hint) from None
        return [*lines, f"  arrived whole, {file.stat().st_size} bytes"]


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)

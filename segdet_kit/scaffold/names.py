"""What a new plugin is called: as a distribution, as a package, and in recipes."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec

from segdet_kit.catalog import Catalog
from segdet_kit.errors import PluginError

PREFIX = "segdet-"


@dataclass(frozen=True)
class Names:
    """``segdet-maple`` is imported as ``segdet_maple``, and recipes write ``maple``."""

    distribution: str

    @property
    def module(self) -> str:
        """The package that is imported."""
        return self.distribution.replace("-", "_")

    @property
    def plugin(self) -> str:
        """The entry point, and the name of each component."""
        return self.distribution.removeprefix(PREFIX)


def names_for(name: str) -> Names:
    """Return what a plugin of this name is called. Raises ``PluginError`` for one that cannot be used.

    The name is one of a distribution (PEP 508) in its normal form (PEP 503), and begins with a letter.
    """
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", name):
        raise PluginError(
            f"{name!r} cannot be the name of a package", "use letters, digits and '-': segdet-maple"
        )
    normal = re.sub(r"[-_.]+", "-", name).lower()
    if name != normal:
        raise PluginError(f"{name!r} is not in the form that package indexes use", f"write it {normal!r}")
    names = Names(name)
    if not names.module.isidentifier() or keyword.iskeyword(names.module):
        raise PluginError(
            f"{name!r} cannot be imported as {names.module!r}", "add something before it: segdet-maple"
        )
    if names.module == "registry":
        raise PluginError(
            "a package named 'registry' is taken for a toolbox by OpenMMLab", "use another name: segdet-maple"
        )
    return names


def refuse_taken(names: Names, kinds: Sequence[str], catalog: Catalog) -> None:
    """Raise ``PluginError`` if something that is installed has one of the names already."""
    another = "use another name, or uninstall it"
    plugins = {offer.provider.plugin for offer in catalog.offers} | set(catalog.disabled)
    if names.plugin in plugins | {failure.plugin for failure in catalog.failures}:
        raise PluginError(f"a plugin named {names.plugin!r} is installed already", another)
    for offer in catalog.offers:
        if offer.component.name == names.plugin and offer.component.kind in kinds:
            raise PluginError(
                f"{offer.provider.distribution} offers a {offer.component.kind} {names.plugin!r} already",
                another,
            )
    try:
        distribution(names.distribution)
    except PackageNotFoundError:
        taken = find_spec(names.module)
        if taken is not None and taken.origin is not None:  # a folder that happens to lie here has none
            raise PluginError(f"a module {names.module!r} exists already: {taken.origin}", another) from None
    else:
        raise PluginError(f"a package {names.distribution!r} is installed already", another)

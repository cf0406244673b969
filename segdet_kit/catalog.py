"""The registry of components: by kind, name and task, with who provides each."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from segdet_kit.components import KINDS, Component, Task
from segdet_kit.errors import PluginError
from segdet_kit.plugins import Discovery, Offer, Provider, discover
from segdet_kit.suggest import nearest

C = TypeVar("C", bound=Component)


class Catalog:
    """What recipes can name. Lookups that fail say what exists and which plugins failed."""

    def __init__(self, discovery: Discovery) -> None:
        self.offers = discovery.offers
        self.failures = discovery.failures
        self.disabled = discovery.disabled

    def get(self, kind: type[C], name: str, task: Task | None = None) -> C:
        """Return the component of this kind and name. Raises ``PluginError``.

        With ``task``, a component that does not serve it is refused.
        """
        named = [c for c in self.components(kind.kind) if isinstance(c, kind) and c.name == name]
        if not named:
            raise PluginError(
                f"no {kind.kind} is named {name!r} in the registry", self._hint(kind.kind, name)
            )
        fitting = [component for component in named if task is None or task in component.tasks]
        if not fitting:
            suited = sorted(c.name for c in self.components(kind.kind) if task in c.tasks)
            served = ", ".join(each for component in named for each in component.tasks)
            raise PluginError(
                f"{kind.kind} {name!r} is for {served}, not for {task}",
                f"for {task} there are: {', '.join(suited) or 'none'}",
            )
        return fitting[0]

    def find(self, name: str) -> Offer:
        """Return the offer named ``NAME``; ``KIND/NAME`` or ``KIND/TASK/NAME`` where some share it.

        Raises ``PluginError``.
        """
        *qualifiers, bare = name.split("/")
        matches = [
            offer
            for offer in self.offers
            if offer.component.name == bare
            and {*qualifiers} <= {offer.component.kind, *offer.component.tasks}
        ]
        if len(matches) == 1:
            return matches[0]
        if matches:
            kinds = [offer.component.kind for offer in matches]
            spelled = [
                f"{c.kind}/{bare}" if kinds.count(c.kind) == 1 else f"{c.kind}/{c.tasks[0]}/{bare}"
                for c in (offer.component for offer in matches)
            ]
            raise PluginError(
                f"{bare!r} names more than one component", f"write one of: {', '.join(spelled)}"
            )
        kind = next((qualifier for qualifier in qualifiers if qualifier in KINDS), "")
        raise PluginError(f"no component is named {name!r} in the registry", self._hint(kind, bare))

    def components(self, kind: str | None = None) -> list[Component]:
        """Return the components, of one kind or of all."""
        return [offer.component for offer in self.offers if kind in (None, offer.component.kind)]

    def provider(self, component: Component) -> Provider:
        """Return who provides a component of this catalog."""
        return next(offer.provider for offer in self.offers if offer.component is component)

    def types(self) -> frozenset[str]:
        """Return the dotted names that the components put into configs."""
        return frozenset(offer.component.type for offer in self.offers)

    def _hint(self, kind: str, name: str) -> str:
        names = sorted({component.name for component in self.components(kind or None)})
        guess = nearest(name, names)
        parts = [f"did you mean {guess!r}?"] if guess else []
        parts.append(f"there are: {', '.join(names) or 'none'}" if kind else "see: segdet-kit plugins list")
        if self.failures:
            parts.append("failed plugins: " + "; ".join(f"{f.plugin} ({f.error})" for f in self.failures))
        if self.disabled:
            parts.append(f"disabled plugins: {', '.join(self.disabled)}")
        return " ".join(parts)


@cache
def installed() -> Catalog:
    """Return the catalog of the installed plugins, discovered once for each process."""
    return Catalog(discover())


def check_kind(kind: str) -> str:
    """Return ``kind`` if components of it exist at all. Raises ``PluginError``."""
    if kind not in KINDS:
        guess = nearest(kind, KINDS)
        raise PluginError(
            f"no kind of component is named {kind!r}",
            (f"did you mean {guess!r}? " if guess else "") + f"kinds are: {', '.join(KINDS)}",
        )
    return kind

"""What goes wrong because of an input: reported in two lines, without a traceback."""

from __future__ import annotations


class KitError(Exception):
    """A mistake that the user can mend. The command line prints it and exits with status 2.

    ``message`` names the thing and the cause; ``hint`` says what exists or what to type instead.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class RecipeError(KitError):
    """A recipe or config that cannot be read, or says something that nothing understands."""


class PluginError(KitError):
    """A plugin that cannot be loaded, or a component that no plugin offers."""


class PolicyError(KitError):
    """A config that names a type which is neither a component nor OpenMMLab's own."""


class DataError(KitError):
    """A data set that is missing or does not have the layout its component reads."""


class ClassNameError(DataError):
    """A data set in which nothing is called like one of the recipe's classes."""


class CheckpointError(KitError):
    """A checkpoint that is missing, damaged, of another model, or more than plain data."""

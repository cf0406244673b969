"""The run folders of the tests of commands."""

from tests.commands.conftest import make_recipe, make_run

__all__ = ["make_recipe", "make_run"]

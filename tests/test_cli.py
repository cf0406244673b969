"""The command line as a user meets it: what is printed where, and with which exit status it ends."""

from __future__ import annotations

import ast
import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from segdet_kit.__main__ import main
from segdet_kit.builtin import plugin as builtin
from segdet_kit.catalog import installed
from segdet_kit.hookspecs import HOOKS

RECIPE = """\
task = 'detection'
data = dict(type='shapes')
backbone = 'resnet18'
head = 'rtmdet'
schedule = dict(epochs=1)
"""
CONFIG = {
    "default_scope": "mmdet",
    "model": {"type": "RTMDet", "backbone": {"type": "subprocess.check_output", "args": ["id"]}},
}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


class CommandLine:
    """Runs commands in this process, as the installed script does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments: str | Path) -> Ended:
        self.monkeypatch.setattr(sys, "argv", ["segdet-kit", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        printed = self.capsys.readouterr()
        return Ended(int(end.value.code or 0), printed.out, printed.err)

    def mistake(self, *arguments: str | Path) -> tuple[str, str]:
        """Run a command that the user got wrong; return what follows ``error:`` and ``hint:``."""
        ended = self(*arguments)
        assert (ended.status, ended.out) == (2, "")
        said = re.fullmatch(r"error: (.+)\nhint: (.+)\n", ended.err)
        assert said, f"neither more nor less than an error and a hint: {ended.err}"
        return said[1], said[2]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "shapes.py"
    path.write_text(RECIPE, encoding="utf-8")
    return path


@pytest.fixture
def broken_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package whose plugin fails to import."""
    info = tmp_path / "segdet_moon-3.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: segdet-moon\nVersion: 3.1\n")
    (info / "entry_points.txt").write_text("[segdet_kit]\nmoon = segdet_moon\n")
    (tmp_path / "segdet_moon.py").write_text("import a_package_that_nobody_has\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    installed.cache_clear()
    yield
    installed.cache_clear()


def test_a_missing_file_is_named(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    message, hint = cli.mistake("train", "nothing.py")
    assert message == "nothing.py: no such file or folder"
    assert str(tmp_path) in hint


@pytest.mark.parametrize(
    ("setting", "told", "advised"),
    [
        ("schedul.epochs=3", "did you mean 'schedule'?", "schedule"),
        ("schedule.epoch=3", "unknown key 'epoch' in schedule; did you mean 'epochs'?", "batch_size"),
        ("backbone=resnet19", "no backbone is named 'resnet19'", "did you mean 'resnet18'?"),
        ("head=fcn", "head 'fcn' is for semantic, not for detection", "rtmdet"),
        ("schedule.optimizer=adamv", "schedule.optimizer = 'adamv' is unknown", "did you mean 'adam"),
        ("schedule.warmup_epochs=2", "leaves nothing of schedule.epochs = 1", "warmup_epochs=0"),
        ("overrides.modle=1", "nothing reads the override 'modle'", "did you mean 'model'?"),
        ("schedule", "not a setting", "KEY=VALUE"),
    ],
)
def test_a_setting_that_means_nothing_is_named_with_its_neighbour(
    cli: CommandLine, recipe: Path, setting: str, told: str, advised: str
) -> None:
    message, hint = cli.mistake("train", recipe, "--set", setting)
    assert told in message
    assert advised in hint


def test_a_value_of_the_wrong_kind_is_named_with_its_line(cli: CommandLine, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("epochs=1", "epochs='many'"), encoding="utf-8")
    ended = cli("show", recipe)
    assert ended.status == 2
    assert ended.err.startswith(f"error: {recipe}:5: schedule.epochs: must be a whole number (got 'many')\n")


def test_code_in_a_recipe_is_refused_with_its_line_and_never_runs(
    cli: CommandLine, recipe: Path, tmp_path: Path
) -> None:
    recipe.write_text(RECIPE + f"seed = len(open({str(tmp_path / 'ran')!r}, 'w').name)\n", encoding="utf-8")
    message, _ = cli.mistake("train", recipe)
    assert message.startswith(f"{recipe}:6:")
    assert "not data" in message
    assert not (tmp_path / "ran").exists()


def test_a_config_that_came_as_data_may_not_name_any_function(cli: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    message, hint = cli.mistake("show", config)
    assert message.startswith("model.backbone.type = 'subprocess.check_output' is neither")
    assert "segdet-kit plugins list" in hint


def test_an_unknown_component_is_told_with_the_plugins_that_failed(
    cli: CommandLine, recipe: Path, broken_plugin: None
) -> None:
    message, hint = cli.mistake("train", recipe, "--set", "backbone=moon-net")
    assert message == "no backbone is named 'moon-net' in the registry"
    assert "failed plugins: moon (ModuleNotFoundError: No module named 'a_package_that_nobody_has'" in hint


def test_a_broken_plugin_is_listed_and_breaks_nothing(cli: CommandLine, broken_plugin: None) -> None:
    listed = json.loads(cli("plugins", "list", "--json").out)
    assert [(row["plugin"], row["distribution"]) for row in listed["failures"]] == [("moon", "segdet-moon")]
    assert "resnet18" in {row["name"] for row in listed["components"]}
    assert "\nfailed plugins:\n  moon (segdet-moon): ModuleNotFoundError" in cli("plugins", "list").out


def test_a_broken_plugin_ends_everything_where_the_user_asks_for_that(
    cli: CommandLine, broken_plugin: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_STRICT_PLUGINS", "1")
    message, hint = cli.mistake("plugins", "list")
    assert message.startswith("plugin 'moon' of segdet-moon failed: ModuleNotFoundError")
    assert "SEGDET_DISABLED_PLUGINS" in hint


def test_a_run_is_not_begun_a_second_time(cli: CommandLine, recipe: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.py").write_text("kept = 1\n", encoding="utf-8")
    for source in ([run], [recipe, "--work-dir", run]):
        message, hint = cli.mistake("train", *source)
        assert message.startswith(str(run))
        assert f"segdet-kit train {run} --resume" in hint
    assert (run / "config.py").read_text(encoding="utf-8") == "kept = 1\n"


def test_there_must_be_a_run_to_resume(cli: CommandLine, recipe: Path, tmp_path: Path) -> None:
    assert "no run" in cli.mistake("train", recipe, "--work-dir", tmp_path / "run", "--resume")[0]
    for more in ([], ["--resume"], ["--resume", "--seed", "3"]):
        assert "is no run folder" in cli.mistake("train", tmp_path, *more)[0]


def test_a_run_goes_on_as_it_was_begun(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text("model = dict(type='RTMDet')\n", encoding="utf-8")
    for change in (["--seed", "3"], ["--set", "seed=3"], ["--work-dir", "elsewhere"]):
        assert "as it was begun" in cli.mistake("train", tmp_path, "--resume", *change)[0]


def test_data_that_is_not_there_is_named_with_the_variable_that_leads_to_it(
    cli: CommandLine, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_DATA", str(tmp_path / "data"))
    settings = ["--set", "data=dict(type='voc', root='cells')", "--set", "classes=['cell']"]
    message, hint = cli.mistake("train", recipe, *settings, "--work-dir", tmp_path / "run")
    assert message == f"the data set folder {tmp_path / 'data/cells'} does not exist"
    assert "SEGDET_DATA" in hint


def test_a_device_that_is_not_there_is_named_with_those_that_are(
    cli: CommandLine, recipe: Path, tmp_path: Path
) -> None:
    message, hint = cli.mistake("train", recipe, "--device", "cuda:99", "--work-dir", tmp_path / "run")
    assert message == "there is no device 'cuda:99' here"
    assert "cpu" in hint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", [["test"], ["predict", "--out", "out"]], ids=["test", "predict"])
def test_a_config_needs_weights_and_a_folder_must_be_a_run(
    cli: CommandLine, recipe: Path, command: list[str]
) -> None:
    assert "no weights are given" in cli.mistake(*command, recipe)[0]
    assert "is no run folder" in cli.mistake(*command, recipe.parent)[0]
    (recipe.parent / "config.py").write_text("model = dict(type='RTMDet')\n", encoding="utf-8")
    assert "has no checkpoint yet" in cli.mistake(*command, recipe.parent)[0]


def test_a_checkpoint_that_is_not_there_is_named(cli: CommandLine, recipe: Path, tmp_path: Path) -> None:
    message, _ = cli.mistake("test", recipe, tmp_path / "nothing.pth", "--device", "cpu")
    assert message == f"checkpoint {tmp_path / 'nothing.pth'} does not exist"


def test_images_that_are_not_there_are_named(cli: CommandLine, recipe: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights.pth"
    weights.touch()
    out = tmp_path / "out"
    message, _ = cli.mistake("predict", recipe, weights, tmp_path / "nothing.png", "--out", out)
    assert "nothing to predict on" in message
    assert "nothing.png" in message
    assert not out.exists()


@pytest.mark.parametrize("arguments", [["frobnicate"], ["train"], ["show", "x.py", "--format", "ini"]])
def test_what_is_no_command_is_answered_with_its_usage(cli: CommandLine, arguments: list[str]) -> None:
    ended = cli(*arguments)
    assert ended.status == 2
    assert ended.err.startswith("Usage: ")
    assert "Traceback" not in ended.err


def test_a_fault_of_the_kits_own_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("the kit's own fault")

    monkeypatch.setattr("segdet_kit.commands.plugins_list.installed", fail)
    monkeypatch.setattr(sys, "argv", ["segdet-kit", "plugins", "list"])
    with pytest.raises(ZeroDivisionError, match="the kit's own fault"):
        main()


def test_a_mistake_without_a_hint_is_one_line(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdet_kit.errors import KitError

    def fail() -> None:
        raise KitError("that is all")

    monkeypatch.setattr("segdet_kit.commands.plugins_list.installed", fail)
    assert cli("plugins", "list") == Ended(2, "", "error: that is all\n")


def test_the_version_is_the_installed_one(cli: CommandLine) -> None:
    assert cli("--version") == Ended(0, f"segdet-kit {version('segdet-kit')}\n", "")


def test_the_help_names_every_command(cli: CommandLine) -> None:
    ended = cli("--help")
    assert ended.status == 0
    for command in ("train", "test", "predict", "show", "doctor", "plugins"):
        assert re.search(rf"^  {command} ", ended.out, re.MULTILINE), command


def test_the_list_of_components_has_its_documented_keys(cli: CommandLine) -> None:
    listed = json.loads(cli("plugins", "list", "--json").out)
    assert list(listed) == ["components", "failures"]
    assert listed["failures"] == []
    for row in listed["components"]:
        assert list(row) == ["kind", "name", "plugin", "distribution", "version", "summary", "tasks"]
    rows = {(row["kind"], row["name"]): row for row in listed["components"]}
    resnet = rows["backbone", "resnet18"]
    assert resnet["plugin"] == "builtin"
    assert (resnet["distribution"], resnet["version"]) == ("segdet-kit", version("segdet-kit"))
    assert rows["head", "rtmdet"]["tasks"] == ["detection"]


def test_the_list_can_be_of_one_kind(cli: CommandLine) -> None:
    heads = json.loads(cli("plugins", "list", "--kind", "head", "--json").out)["components"]
    assert {row["kind"] for row in heads} == {"head"}
    table = cli("plugins", "list", "--kind", "head").out.splitlines()
    assert len(table) == 1 + len(heads)
    message, hint = cli.mistake("plugins", "list", "--kind", "heads")
    assert message == "no kind of component is named 'heads'"
    assert "did you mean 'head'?" in hint


def builtin_components() -> list[str]:
    offered = [offer for hook in HOOKS if hasattr(builtin, hook) for offer in getattr(builtin, hook)()]
    names = Counter((component.kind, component.name) for component in offered)
    return [
        f"{one.kind}/{one.name}"
        if names[one.kind, one.name] == 1
        else f"{one.kind}/{one.tasks[0]}/{one.name}"
        for one in offered
    ]


@pytest.mark.parametrize("name", builtin_components())
def test_every_component_is_described_with_its_signature_and_defaults(cli: CommandLine, name: str) -> None:
    info = json.loads(cli("plugins", "info", name, "--json").out)
    assert [info["kind"], info["name"]] == [name.split("/")[0], name.split("/")[-1]]
    signature = info["signature"].replace("(...)", "(**inherited)")
    function = ast.parse(f"def {signature}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert function.name == info["target"].partition(":")[2]
    accepted = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
    assert function.args.kwarg or info["defaults"].keys() <= accepted
    assert info["distribution"] == "segdet-kit"
    assert info["tasks"]


def test_a_component_is_described_in_words(cli: CommandLine) -> None:
    lines = dict(line.split(maxsplit=1) for line in cli("plugins", "info", "resnet18").out.splitlines())
    assert lines["target"] == "segdet_kit.builtin.backbones.resnet:ResNet"
    assert lines["defaults"] == "depth=18, pretrained=False"
    assert lines["strides"] == "4, 8, 16, 32"


def test_a_component_that_nobody_offers_has_a_neighbour(cli: CommandLine) -> None:
    message, hint = cli.mistake("plugins", "info", "resnet19")
    assert message == "no component is named 'resnet19' in the registry"
    assert "did you mean 'resnet18'?" in hint


TERMINATED = """
import time
import segdet_kit.cli
from segdet_kit.__main__ import main

def app():
    try:
        print("begun", flush=True)
        time.sleep(60)
    finally:
        print("taken away", flush=True)

segdet_kit.cli.app = app
main()
"""


def test_a_command_that_is_terminated_takes_away_what_is_half_written() -> None:
    process = subprocess.Popen([sys.executable, "-c", TERMINATED], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        process.terminate()
        assert process.stdout.read() == "taken away\n"
    assert process.returncode == 128 + signal.SIGTERM

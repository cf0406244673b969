"""The format ``sealed-bundle``: a model goes from who trained it to who may read it, by one command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from segdet_kit.benchmark.workload import open_workload
from segdet_kit.builtin.exporters.sealed_bundle import SealedBundle
from segdet_kit.commands.bundle_open import bundle_open
from segdet_kit.commands.bundle_seal import bundle_seal
from segdet_kit.commands.export import export
from segdet_kit.commands.keys_new import keys_new
from segdet_kit.commands.predict import predict
from segdet_kit.commands.test import test as score
from segdet_kit.errors import KitError
from segdet_kit.keys import own
from segdet_kit.keys.passphrases import VARIABLE, Passphrases
from segdet_kit.source import OPENED, assemble_source, resolve
from segdet_kit.transfer.carrier import AGE
from segdet_kit.workload import Spec
from tests.commands.conftest import MakeRun
from tests.commands.test_predict import document, picture

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Export = Callable[..., str]
MEMBERS = ("labels.json", "metrics.json", "requirements.json", "provenance.json")


def unlocked_once(unlock: Callable[..., bytes]) -> Callable[..., bytes]:
    """What a passphrase unlocks, computed once: scrypt takes a second, as it should."""
    known: dict[tuple[str, str], bytes] = {}

    def unlocked(key: own.OwnKey, passphrases: Passphrases) -> bytes:
        pair = (key.name, passphrases.of(key.name))
        if pair not in known:
            known[pair] = unlock(key, passphrases)
        return known[pair]

    return unlocked


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The keys of this file's tests: alice opens, me signs."""
    folder = tmp_path_factory.mktemp("settings")
    passphrase = folder / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text("correct horse battery\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.setenv(VARIABLE, str(passphrase))
        patch.setattr(own, "_decrypted", unlocked_once(own._decrypted))
        keys_new("alice", "recipient", passphrase)
        keys_new("me", "signer", passphrase)
        yield folder


@pytest.fixture(autouse=True)
def _at_home(settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield
    OPENED.close()


@pytest.fixture
def run(make_run: MakeRun) -> Path:
    return make_run("semantic")


@pytest.fixture
def exported(tmp_path: Path) -> Export:
    """Exports to ``sealed-bundle``, and to other formats before it."""

    def call(source: Path, *formats: str, out: Path = tmp_path / "out", **options: Any) -> str:
        named = [*formats, "sealed-bundle"]
        given = {"to": ["alice"], "sign": ["me"]} | options
        return export(str(source), None, named, out, False, [], {k: v for k, v in given.items() if v})

    return call


@pytest.fixture(scope="module")
def artifact(settings: Path, make_run: MakeRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The segmenter as ONNX, and in the same command as a bundle beside it."""
    out = tmp_path_factory.mktemp("artifact") / "out"
    options = {"to": ["alice"], "sign": ["me"]}
    export(str(make_run("semantic")), None, ["onnx", "sealed-bundle"], out, False, [], options)
    return out / "onnx"


def names_in(bundle: Path, folder: Path) -> set[str]:
    bundle_open(bundle, folder, False, None)
    return {path.name for path in folder.iterdir()}


def test_a_run_is_sealed_and_sent_in_one_command(
    run: Path, exported: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "far").mkdir()
    said = exported(run, dest=(tmp_path / "far" / "model.age").as_uri())
    file = tmp_path / "out" / "sealed-bundle" / "model.age"
    assert said.startswith(f"{file}: edition 1 of bundle ")
    assert "for alice; signed by me" in said
    assert said.endswith(f"arrived whole, {file.stat().st_size} bytes")
    assert capsys.readouterr().err.startswith("exporting to sealed-bundle\nsent  ")
    assert {path.name for path in (tmp_path / "far").iterdir()} == {"model.age", "model.age.xfer.json"}
    assert (tmp_path / "far" / "model.age").read_bytes() == file.read_bytes()
    assert file.read_bytes().startswith(AGE)
    weights = {"config.json", "weights.safetensors", *MEMBERS}
    assert names_in(tmp_path / "far" / "model.age", tmp_path / "opened") == weights


def test_it_holds_what_bundle_seal_writes(run: Path, exported: Export, tmp_path: Path) -> None:
    exported(run)
    bundle_seal(str(run), ["alice"], ["me"], tmp_path / "sealed.age", None, None)
    for bundle, folder in (("out/sealed-bundle/model.age", "one"), ("sealed.age", "other")):
        bundle_open(tmp_path / bundle, tmp_path / folder, False, None)
    one, other = tmp_path / "one", tmp_path / "other"
    assert {path.name for path in one.iterdir()} == {path.name for path in other.iterdir()}
    for path in one.iterdir():
        if path.name != "seal.dsse.json":
            assert path.read_bytes() == (other / path.name).read_bytes(), path.name


def test_a_sealed_artifact_finds_what_the_artifact_finds(
    artifact: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = artifact.parent / "sealed-bundle" / "model.age"
    root = Path(assemble_source(run).config["test_dataloader"]["dataset"]["root"])
    monkeypatch.setenv("SEGDET_DATA", str(root.parent))
    source = resolve(bundle)
    assert source.untrusted
    assert (source.checkpoint / "model.onnx").read_bytes() == (artifact / "model.onnx").read_bytes()
    image, results = picture(tmp_path / "a.png"), []
    for name, model in (("sealed", bundle), ("plain", artifact)):
        assert predict([str(model), str(image)], tmp_path / name, "cpu", 0.3) == 0
        score(str(model), None, "cpu", tmp_path / f"{name}.json", None, [])
        workload = open_workload(Spec(str(model)))
        workload.step()
        facts = {key: workload.facts[key] for key in ("runtime", "precision", "file_bytes")}
        told = document(tmp_path / f"{name}.json")["metrics"]
        results.append((document(tmp_path / name / "a.json"), told, facts))
    assert results[0] == results[1]
    assert results[0][2]["runtime"] == "onnxruntime"


def test_an_artifact_is_sealed_by_its_folder(
    artifact: Path, exported: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(artifact)
    members = {"config.json", "manifest.json", "model.onnx", *MEMBERS}
    assert names_in(tmp_path / "out" / "sealed-bundle" / "model.age", tmp_path / "opened") == members
    manifest = document(artifact / "manifest.json")
    manifest["input"]["dynamic"] = ["batch"]
    monkeypatch.setattr("segdet_kit.artifact._manifest", lambda _: manifest)
    with pytest.raises(KitError, match="exported for images of one size"):
        open_workload(Spec(str(tmp_path / "out" / "sealed-bundle" / "model.age"), size=96))


def test_a_recipe_can_say_for_whom(run: Path, tmp_path: Path) -> None:
    said = "exporters=[{'name': 'sealed-bundle', 'arguments': {'to': 'nobody', 'sign': ['me']}}]"
    with pytest.raises(KitError, match="'nobody' is neither the name of a key nor a file"):
        export(str(run), None, [], tmp_path / "out", False, [said])
    told = export(str(run), None, [], tmp_path / "out", False, [said], {"to": ["alice"]})
    assert "for alice; signed by me" in told


@pytest.mark.parametrize(
    ("formats", "options", "message", "hint"),
    [
        ([], {"to": ["alicia"]}, "'alicia' is neither the name of a key", "did you mean 'alice'"),
        ([], {"sign": ["you"]}, "you have no signer 'you'", "segdet-kit keys new NAME --kind signer"),
        ([], {"to": []}, "not said who can open the bundle", "--to NAME --sign NAME"),
        ([], {"sign": []}, "not said who signs the bundle", "--to NAME --sign NAME"),
        ([], {"dest": "ftp://host/model.age"}, "no transport for ftp://", "there are: "),
        (
            [],
            {"dest": "sftp://me:hunter2@host/a"},
            "a URL with a password",
            "environment, files or a keyring",
        ),
        (
            ["onnx", "openvino"],
            {},
            "takes one model, and these are several: onnx, openvino",
            "first, and then",
        ),
    ],
)
def test_what_cannot_be_sealed_is_told_before_anything_is_written(
    formats: list[str],
    options: dict[str, Any],
    message: str,
    hint: str,
    run: Path,
    exported: Export,
    tmp_path: Path,
) -> None:
    with pytest.raises(KitError, match=message) as told:
        exported(run, *formats, **options)
    assert hint in told.value.hint
    assert "hunter2" not in f"{told.value.message} {told.value.hint}"
    assert not (tmp_path / "out").exists()


def test_a_wrong_passphrase_is_told_before_anything_is_written(
    run: Path, exported: Export, tmp_path: Path
) -> None:
    (tmp_path / "wrong").touch(mode=0o600)
    (tmp_path / "wrong").write_text("something else\n")
    with pytest.raises(KitError, match="the passphrase of key me is wrong"):
        exported(run, passphrase_file=str(tmp_path / "wrong"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_exists_is_left_alone(run: Path, exported: Export, tmp_path: Path) -> None:
    kept = tmp_path / "out" / "sealed-bundle" / "kept"
    kept.parent.mkdir(parents=True)
    kept.touch()
    with pytest.raises(KitError, match="sealed-bundle exists already"):
        exported(run)
    assert list((tmp_path / "out").rglob("*")) == [kept.parent, kept]


def test_a_model_that_cannot_be_sealed_leaves_nothing(
    run: Path, exported: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = iter(range(99))
    monkeypatch.setattr("segdet_kit.bundle.sealing._state", lambda _: next(states))
    with pytest.raises(KitError, match="changed while it was sealed"):
        exported(run)
    assert not list((tmp_path / "out").iterdir())


def test_after_a_failed_transfer_the_bundle_stays_to_be_pushed(
    run: Path, exported: Export, tmp_path: Path
) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "model.age").write_bytes(b"another file")
    with pytest.raises(KitError, match=re.escape("already has another file of that name (E_TAKEN)")) as told:
        exported(run, dest=(tmp_path / "far" / "model.age").as_uri())
    file = tmp_path / "out" / "sealed-bundle" / "model.age"
    assert told.value.hint.endswith(f"the command is: segdet-kit bundle push {file} URL")
    assert "weights.safetensors" in names_in(file, tmp_path / "opened")
    assert (tmp_path / "far" / "model.age").read_bytes() == b"another file"
    assert len(list((tmp_path / "far").iterdir())) == 1


def test_options_that_no_format_takes_are_refused(run: Path, tmp_path: Path) -> None:
    options = {"to": ["alice"], "passphrase_file": "x"}
    with pytest.raises(KitError, match="none of the formats takes --passphrase-file, --to"):
        export(str(run), None, ["onnx"], tmp_path / "out", False, [], options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{'name': 'sealed-bundle', 'arguments': {'too': 'alice'}}", "exporter 'sealed-bundle': .* 'too'"),
        ("{'type': 'onnx'}", "exporters holds {'type': 'onnx'}"),
    ],
)
def test_arguments_that_an_exporter_does_not_have_are_refused(
    said: str, message: str, run: Path, tmp_path: Path
) -> None:
    with pytest.raises(KitError, match=message):
        export(str(run), None, [], tmp_path / "out", False, [f"exporters=[{said}]"])


def test_one_name_is_as_good_as_a_list_of_one() -> None:
    assert SealedBundle(to="alice", sign="me").parties.to == ["alice"]

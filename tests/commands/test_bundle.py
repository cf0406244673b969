"""The commands of sealed bundles, from a run to a prediction on somebody else's machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from safetensors import safe_open

from segdet_kit.benchmark.workload import open_workload
from segdet_kit.bundle.contents import documents, portable, read_config, to_json
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.loading import config_of, identities
from segdet_kit.bundle.opening import opened
from segdet_kit.bundle.sealing import Contents, first_edition, seal
from segdet_kit.commands.bundle_inspect import bundle_inspect
from segdet_kit.commands.bundle_open import bundle_open, bundle_verify
from segdet_kit.commands.bundle_reseal import bundle_reseal
from segdet_kit.commands.bundle_seal import bundle_seal
from segdet_kit.commands.keys_new import keys_new, keys_revoke
from segdet_kit.commands.keys_trust import trust_add
from segdet_kit.commands.predict import predict
from segdet_kit.commands.test import test as score
from segdet_kit.errors import CheckpointError, KitError
from segdet_kit.keys.own import own_key, unlock_signer
from segdet_kit.keys.passphrases import VARIABLE, Passphrases
from segdet_kit.keys.trust import trust
from segdet_kit.openmmlab.packing import pack_weights
from segdet_kit.source import OPENED, assemble_source, resolve
from segdet_kit.workload import Spec
from tests.commands.conftest import MakeRun
from tests.commands.test_predict import document, picture

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The keys of this file's tests: alice opens, me signs, carol signs too."""
    folder = tmp_path_factory.mktemp("settings")
    passphrase = folder / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text("correct horse battery\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        keys_new("alice", "recipient", passphrase)
        keys_new("me", "signer", passphrase)
        yield folder


@pytest.fixture(autouse=True)
def _at_home(settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv(VARIABLE, str(settings / "passphrase"))
    yield
    OPENED.close()


def sealed(run: Path, out: Path, *to: str) -> Path:
    bundle_seal(str(run), to or ("alice",), ["me"], out, None, None)
    return out


def sealed_by_hand(contents: Contents, out: Path) -> Path:
    signer = unlock_signer(own_key("me"), Passphrases())
    seal(contents, first_edition(None), [own_key("alice").public], [signer], out)
    return out


@pytest.fixture
def bob(tmp_path: Path) -> Path:
    path = tmp_path / "bob.pub"
    path.write_text(f"{pyrage.x25519.Identity.generate().to_public()}\n")
    return path


@pytest.fixture
def with_history(make_run: MakeRun, tmp_path: Path) -> Path:
    """A run that knows where it was made, and by whom."""
    run = tmp_path / "runs" / "of-somebody"
    shutil.copytree(make_run("detection"), run)
    home = "/home/somebody/secret-project"
    manifest = {
        "started": "2026-01-01T00:00:00+00:00",
        "command": [f"{home}/bin/segdet-kit", "train", f"{home}/recipe.py"],
        "seed": 3,
        "platform": "Linux-on-host-of-somebody-x86_64",
        "python": "3.11.7",
        "packages": {"torch": "2.6"},
        "plugins": {"segdet-kit": "0.1.0"},
        "data": {"images": 2, "fingerprint": "0" * 64},
        "git": {"commit": "1" * 40, "dirty": False},
    }
    (run / "manifest.json").write_text(json.dumps(manifest))
    (run / "test.json").write_text(json.dumps({"metrics": {"coco/AP": 0.25}}))
    config = (run / "config.py").read_text()
    (run / "config.py").write_text(config + f"\nwork_dir = {home!r}\nload_from = {home + '/a.pth'!r}\n")
    return run


def test_predictions_of_a_bundle_are_those_of_its_run(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, run = picture(tmp_path / "a.png"), make_run("instance")
    bundle = sealed(run, tmp_path / "model.age")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    assert predict([str(bundle), str(image)], tmp_path / "of-bundle", "cpu", 0.3) == 0
    assert predict([str(run), str(image)], tmp_path / "of-run", "cpu", 0.3) == 0
    assert document(tmp_path / "of-bundle/a.json") == document(tmp_path / "of-run/a.json")
    files = [path for path in (tmp_path / "temporary").rglob("*") if not path.is_dir()]
    assert files
    assert all(str(path.readlink()).startswith("/proc/self/fd/") for path in files)
    OPENED.close()
    assert not list((tmp_path / "temporary").iterdir())


def test_a_bundle_is_tested_on_the_data_of_whoever_opens_it(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("semantic")
    bundle = sealed(run, tmp_path / "model.age")
    root = Path(assemble_source(run).config["test_dataloader"]["dataset"]["root"])
    monkeypatch.setenv("SEGDET_DATA", str(root.parent))
    assert resolve(bundle).config["test_dataloader"]["dataset"]["root"] == str(root)
    scores = [tmp_path / "bundle.json", tmp_path / "run.json"]
    for source, file in zip((bundle, run), scores, strict=True):
        score(str(source), None, "cpu", file, None, [])
    assert document(scores[0])["metrics"] == document(scores[1])["metrics"]


def test_a_bundle_is_measured_as_its_run_is(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("semantic")
    bundle = sealed(run, tmp_path / "model.age")
    root = Path(assemble_source(run).config["test_dataloader"]["dataset"]["root"])
    monkeypatch.setenv("SEGDET_DATA", str(root.parent))
    workload = open_workload(Spec(str(bundle)))
    assert {"data", "preprocess", "forward", "postprocess", "total"} == workload.step().keys()
    assert workload.facts["parameters"] == open_workload(Spec(str(run))).facts["parameters"]


def test_a_bundle_cannot_be_trained(make_run: MakeRun, tmp_path: Path) -> None:
    bundle = sealed(make_run("semantic"), tmp_path / "model.age")
    with pytest.raises(KitError, match="train_dataloader"):
        open_workload(Spec(str(bundle), mode="train"))


def test_data_elsewhere_is_named_by_set(make_run: MakeRun, tmp_path: Path) -> None:
    bundle = sealed(make_run("detection"), tmp_path / "model.age")
    source = resolve(bundle, settings=[f"test_dataloader.dataset.root={tmp_path}"])
    assert source.config["test_dataloader"]["dataset"]["root"] == str(tmp_path)
    assert source.untrusted


def test_a_bundle_has_its_own_weights(make_run: MakeRun, tmp_path: Path) -> None:
    bundle = sealed(make_run("detection"), tmp_path / "model.age")
    with pytest.raises(KitError, match="holds its own weights"):
        resolve(bundle, tmp_path / "other.pth")


def test_nothing_of_the_machine_that_trained_it_travels(with_history: Path, tmp_path: Path) -> None:
    bundle = sealed(with_history, tmp_path / "model.age")
    bundle_open(bundle, tmp_path / "out", False, None)
    traces = [str(tmp_path), "secret-project", "/home/", "of-somebody", "command", "work_dir"]
    for path in (tmp_path / "out").iterdir():
        content = path.read_bytes()
        assert not [trace for trace in traces if trace.encode() in content], path.name
    with safe_open(tmp_path / "out" / "weights.safetensors", "pt") as weights:
        assert not weights.metadata() or set(weights.metadata()) == {"format"}


def test_what_tells_how_a_model_came_about_travels(with_history: Path, tmp_path: Path) -> None:
    bundle_open(sealed(with_history, tmp_path / "model.age"), tmp_path / "out", False, None)
    said = {path.name: document(path) for path in (tmp_path / "out").glob("*.json")}
    assert set(said) == {"config.json", "labels.json", "metrics.json", "provenance.json", "requirements.json"}
    assert said["labels.json"]["classes"] == ["disk", "square", "triangle", "star"]
    assert said["metrics.json"]["metrics"] == {"coco/AP": 0.25}
    assert said["requirements.json"]["packages"] == {"torch": "2.6"}
    assert said["provenance.json"]["git"]["commit"] == "1" * 40
    assert "coco/AP: 0.25" in bundle_open(tmp_path / "model.age", None, True, None)


def test_a_path_that_would_travel_is_refused_by_its_key() -> None:
    config: dict[str, Any] = {"default_scope": "mmdet", "model": {"type": "RTMDet", "note": "/home/me/x"}}
    with pytest.raises(KitError, match=r"model\.note = '/home/me/x' is a path of this machine"):
        portable(config)


def test_tuples_and_fractions_come_back_as_they_were() -> None:
    config = {"scale": (128, 128.0), "nested": [(1,), {"a": ()}], "one": 1.0}
    back = read_config(to_json("config.json", config))
    assert back == config
    assert [type(each) for each in back["scale"]] == [int, float]
    assert type(back["one"]) is float


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(KitError, match=r"metrics\.json cannot be written as JSON"):
        documents({}, {}, {"value": value})


def test_a_document_larger_than_readers_take_is_refused() -> None:
    with pytest.raises(KitError, match=r"metrics\.json is larger than 1 MiB"):
        documents({}, {}, {"value": "x" * (1 << 20)})


def test_verify_tells_who_sealed_what_for_whom(make_run: MakeRun, tmp_path: Path, bob: Path) -> None:
    bundle = sealed(make_run("detection"), tmp_path / "model.age", "alice", str(bob))
    text = bundle_verify(bundle, None, as_json=False)
    assert "signed by me" in text
    assert "expires: never" in text
    said = json.loads(bundle_verify(bundle, None, as_json=True))
    assert said["recipients"][0] == "alice"
    assert said["serial"] == 1
    assert list(said["members"])[:2] == ["config.json", "weights.safetensors"]
    assert "2 keys open it" in bundle_inspect(bundle, as_json=False)
    assert json.loads(bundle_inspect(bundle, as_json=True))["recipients"] == 2


def test_where_to_open_must_be_said_once(make_run: MakeRun, tmp_path: Path) -> None:
    for out, in_memory in ((None, False), (tmp_path / "out", True)):
        with pytest.raises(KitError, match="not said where to open the bundle"):
            bundle_open(tmp_path / "model.age", out, in_memory, None)


def test_without_a_recipients_key_nothing_opens(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = sealed(make_run("detection"), tmp_path / "model.age")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nothing"))
    with pytest.raises(KitError, match="you have no key that could open a bundle"):
        bundle_verify(bundle, None, as_json=False)


def test_resealing_changes_the_recipients_and_makes_the_next_edition(
    make_run: MakeRun, tmp_path: Path, bob: Path
) -> None:
    first = sealed(make_run("detection"), tmp_path / "1.age", "alice", str(bob))
    with pytest.raises(KitError, match=r"the public key of recipient .* is not known here"):
        bundle_reseal(first, [], [], ["me"], tmp_path / "2.age", None, None)
    bundle_reseal(first, [], [str(bob)], ["me"], tmp_path / "2.age", None, None)
    said = json.loads(bundle_verify(tmp_path / "2.age", None, as_json=True))
    assert (said["serial"], said["recipients"]) == (2, ["alice"])
    with pytest.raises(BundleError) as failure:
        bundle_verify(first, None, as_json=True)
    assert failure.value.code is Code.OLD
    bundle_reseal(tmp_path / "2.age", [str(bob)], [], ["me"], tmp_path / "3.age", None, None)
    assert len(json.loads(bundle_verify(tmp_path / "3.age", None, as_json=True))["recipients"]) == 2


def test_resealing_refuses_what_makes_no_sense(make_run: MakeRun, tmp_path: Path, bob: Path) -> None:
    first = sealed(make_run("detection"), tmp_path / "1.age")
    with pytest.raises(KitError, match=r"the bundle is not for .*bob\.pub"):
        bundle_reseal(first, [], [str(bob)], ["me"], tmp_path / "2.age", None, None)
    with pytest.raises(KitError, match="nobody would be left"):
        bundle_reseal(first, [], ["alice"], ["me"], tmp_path / "2.age", None, None)
    trust_add("bob", bob)
    both = sealed(make_run("detection"), tmp_path / "both.age", "alice", "bob")
    keys_revoke("bob")
    with pytest.raises(KitError, match=r"recipient .* was revoked"):
        bundle_reseal(both, [], [], ["me"], tmp_path / "2.age", None, None)
    assert not (tmp_path / "2.age").exists()


def test_a_sealed_config_is_still_a_strangers(make_run: MakeRun, tmp_path: Path) -> None:
    weights = pack_weights(make_run("detection") / "best.pth")
    config = {"default_scope": "mmdet", "model": {"type": "os.system", "command": "true"}}
    evil = sealed_by_hand(
        {"config.json": to_json("", config), "weights.safetensors": weights}, tmp_path / "evil.age"
    )
    with pytest.raises(KitError, match=r"model\.type = 'os\.system'"):
        resolve(evil)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({"readme.txt": b"x"}, "holds no model"),
        ({"config.json": b"{}"}, "holds no model"),
        ({"config.json": b"[]", "weights.safetensors": b""}, r"config\.json is no config"),
        (
            {"config.json": b"{}", "manifest.json": b'{"files":{"model.pt2":""},"format":"torch-export"}'},
            "exported as 'torch-export'",
        ),
        (
            {"config.json": b"{}", "manifest.json": b'{"files":{"model.pt2":""},"format":"onnx"}'},
            "exported as 'onnx'",
        ),
        ({"config.json": b"{}", "manifest.json": b'{"files":{},"format":"onnx"}'}, "exported as 'onnx'"),
        ({"config.json": b"{}", "manifest.json": b'{"files":7,"format":"onnx"}'}, "exported as 'onnx'"),
        ({"config.json": b"{}", "manifest.json": b"[]"}, "exported as None"),
        (
            {"config.json": b"{}", "manifest.json": b'{"files":{"../../x.onnx":""},"format":"onnx"}'},
            "lacks a file of its exported model",
        ),
    ],
)
def test_a_bundle_without_a_model_is_no_source(
    contents: dict[str, bytes], message: str, tmp_path: Path
) -> None:
    path = sealed_by_hand(contents, tmp_path / "odd.age")
    with (
        opened(path, identities(Passphrases()), trust()) as bundle,
        pytest.raises(KitError, match=message),
    ):
        config_of(bundle)


def test_a_checkpoint_without_weights_is_not_sealed(tmp_path: Path) -> None:
    import torch

    torch.save({"state_dict": {"note": "none"}}, tmp_path / "empty.pth")
    with pytest.raises(CheckpointError, match="holds no weights"):
        pack_weights(tmp_path / "empty.pth")


def test_no_descriptor_stays_open(make_run: MakeRun, tmp_path: Path) -> None:
    bundle = sealed(make_run("detection"), tmp_path / "model.age")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        bundle_open(bundle, None, True, None)
        resolve(bundle)
    OPENED.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before

"""Pretrained weights: from a file, a package and a real server, and nothing left of what was refused."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from segdet_kit.errors import CheckpointError
from segdet_kit.openmmlab import ops, weights

ops.install()

from mmengine.model import BaseModule  # noqa: E402 - after the operators


class Net(weights.WithWeights, BaseModule):  # type: ignore[misc]
    optional = ("norms.",)

    def __init__(self, pretrained: weights.Pretrained = False, url: str = "") -> None:
        super().__init__()
        self.pretrained, self.url = pretrained, url
        self.stem = nn.Conv2d(3, 2, 1)
        self.norms = nn.LayerNorm(2)


STATE = {"stem.weight": torch.full((2, 3, 1, 1), 7.0), "stem.bias": torch.ones(2)}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Any]:
    """A server of ``tmp_path / "served"`` on this machine; ``asked``: the paths that it was asked for."""
    folder = tmp_path / "served"
    folder.mkdir()
    save_file(STATE, folder / "net.safetensors")
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    server.asked = []
    server.folder = folder
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def initialised(pretrained: weights.Pretrained, url: str = "") -> Net:
    net = Net(pretrained, url)
    net.init_weights()
    return net


def assert_loaded(net: Net) -> None:
    assert all(torch.equal(net.state_dict()[name], value) for name, value in STATE.items())


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_without_pretrained_weights_are_random() -> None:
    assert not torch.equal(initialised(False).stem.weight, STATE["stem.weight"])


def test_a_url_is_downloaded_once_and_read_without_code(served: Any) -> None:
    source = {"url": f"{served.url}/net.safetensors", "sha256": sha256(served.folder / "net.safetensors")}
    for _ in range(2):
        assert_loaded(initialised(source))
    assert served.asked == ["/net.safetensors"]


def test_a_cached_file_that_was_changed_is_downloaded_again(served: Any) -> None:
    digest = sha256(served.folder / "net.safetensors")
    path = weights.download(f"{served.url}/net.safetensors", digest)
    path.write_bytes(b"changed")
    assert sha256(weights.download(f"{served.url}/net.safetensors", digest)) == digest


def test_content_of_another_hash_is_refused_and_leaves_no_file(served: Any, cache: Path) -> None:
    source = {"url": f"{served.url}/net.safetensors", "sha256": "0" * 64}
    with pytest.raises(CheckpointError, match=r"is refused: its SHA-256 is \w{64}, expected was 0000"):
        initialised(source)
    assert not files(cache)


def test_a_url_without_its_hash_is_refused_before_anything_is_asked_of_it(served: Any, cache: Path) -> None:
    for source in ({"url": f"{served.url}/net.safetensors"}, {"url": served.url, "sha256": "abc123"}):
        with pytest.raises(CheckpointError, match="does not say which content it means") as error:
            initialised(source)
        assert "sha256sum" in error.value.hint
    assert not served.asked
    assert not cache.exists()


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://localhost/x", "net.pth"])
def test_only_http_is_asked(url: str) -> None:
    with pytest.raises(CheckpointError, match="is no http or https address"):
        weights.download(url, "0" * 64)


def test_a_server_that_has_no_such_file_is_told(served: Any, cache: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be downloaded: HTTP Error 404") as error:
        weights.download(f"{served.url}/none.pth", "0" * 64)
    assert "give a file" in error.value.hint
    assert not files(cache)


def test_a_server_that_is_not_there_is_told(served: Any) -> None:
    url = served.url
    served.shutdown()
    served.server_close()
    with pytest.raises(CheckpointError, match="cannot be downloaded"):
        weights.download(f"{url}/net.pth", "0" * 64)


def test_known_weights_are_held_to_the_hash_in_their_name(served: Any, cache: Path) -> None:
    start = sha256(served.folder / "net.safetensors")[:8]
    (served.folder / "net.safetensors").rename(served.folder / f"net-{start}.safetensors")
    assert_loaded(initialised(True, f"{served.url}/net-{start}.safetensors"))
    (served.folder / f"net-{start}.safetensors").rename(served.folder / "net-00000000.safetensors")
    with pytest.raises(CheckpointError, match="is refused: its SHA-256"):
        initialised(True, f"{served.url}/net-00000000.safetensors")
    assert [path.name for path in files(cache)] == [f"net-{start}.safetensors"]


def test_a_backbone_that_knows_no_weights_says_what_to_write() -> None:
    with pytest.raises(CheckpointError, match="Net of this size knows no weights") as error:
        initialised(True)
    assert "sha256='64 HEX DIGITS'" in error.value.hint


def test_weights_come_out_of_an_installed_package_which_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "net_weights"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('imported')", encoding="utf-8")
    save_file(STATE, package / "net.safetensors")
    (tmp_path / "site" / "secret.safetensors").touch()
    monkeypatch.setattr(sys, "path", [str(package.parent), *sys.path])
    assert_loaded(initialised({"package": "net_weights", "file": "net.safetensors"}))
    for file in ("none.pth", "../secret.safetensors"):
        with pytest.raises(CheckpointError, match="package 'net_weights' has no file"):
            initialised({"package": "net_weights", "file": file})
    with pytest.raises(CheckpointError, match="package 'no_such_weights' is not installed"):
        initialised({"package": "no_such_weights", "file": "net.pth"})


def test_a_mapping_that_names_nothing_is_refused() -> None:
    with pytest.raises(CheckpointError, match=r"pretrained=\{'path': 'x'\} names no weights"):
        weights.weights_file({"path": "x"})


@pytest.mark.parametrize("prefix", ["", "module.", "backbone.", "module.backbone."])
def test_the_backbone_of_a_whole_model_is_taken_from_its_checkpoint(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "model.pth"
    state = {f"{prefix}{name}": value for name, value in STATE.items()}
    torch.save({"state_dict": {**state, "head.weight": torch.zeros(1)}}, path)
    assert_loaded(initialised(str(path)))


def test_weights_of_another_model_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    for state in ({"stem.weight": STATE["stem.weight"]}, {**STATE, "stem.bias": torch.ones(5)}):
        torch.save(state, path)
        with pytest.raises(CheckpointError, match=r"another model than Net: 1 of its 4 .* stem\.bias"):
            initialised(str(path))

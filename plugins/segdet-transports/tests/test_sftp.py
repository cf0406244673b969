"""SFTP: who is trusted, who is let in, and that nobody's commands are run."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest
from loopback.served import PART, Served
from loopback.sftp import PASSWORD, Keys, asyncssh_server, make_keys
from segdet_transports import sftp
from segdet_transports.sftp import Sftp, SftpPlace

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code, TransferError


@pytest.fixture
def port(far: Path, keys: Keys, known: Callable[[int], None]) -> Iterator[int]:
    with asyncssh_server(far, keys) as bound:
        known(bound)
        yield bound


@pytest.fixture
def push(port: int, sealed: Path) -> Callable[..., None]:
    def run(path: str = "/model.sdk") -> None:
        Sftp(PART).push(sealed, f"sftp://ana@127.0.0.1:{port}{path}", lambda done, total: None)

    return run


def code(push: Callable[..., None], *path: str) -> Code:
    with pytest.raises(TransferError) as error:
        push(*path)
    return error.value.code


def test_a_server_with_another_key_is_refused(
    push: Callable[..., None], port: int, far: Path, tmp_path: Path
) -> None:
    (tmp_path / "known_hosts").write_text(make_keys(tmp_path / "strangers").known_hosts(port))
    assert code(push) is Code.SERVER
    assert not list(far.iterdir())


def test_a_server_that_is_not_known_is_refused(push: Callable[..., None], far: Path, tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("")
    assert code(push) is Code.SERVER
    assert not list(far.iterdir())


def test_without_known_hosts_nobody_is_asked(
    push: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEGDET_SFTP_KNOWN_HOSTS")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(KitError, match="there is no known_hosts file to tell the server by") as error:
        push()
    assert error.value.hint.startswith("ssh-keyscan -p ")


def test_another_key_is_not_let_in(
    push: Callable[..., None], far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_SFTP_KEY", str(make_keys(tmp_path / "strangers").client))
    assert code(push) is Code.ACCESS
    assert not list(far.iterdir())


def test_a_password_lets_in_and_a_wrong_one_does_not(
    push: Callable[..., None], port: int, far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets
) -> None:
    monkeypatch.delenv("SEGDET_SFTP_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SEGDET_SFTP_PASSWORD", "wrong")
    assert code(push) is Code.ACCESS
    monkeypatch.delenv("SEGDET_SFTP_PASSWORD")
    secrets.set_password("segdet-kit", f"sftp://127.0.0.1:{port}", PASSWORD)
    push()
    assert (far / "model.sdk").is_file()


def test_an_encrypted_key_needs_its_password(
    push: Callable[..., None], keys: Keys, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_SFTP_KEY", str(keys.encrypted))
    for wrong in ("", "wrong"):
        monkeypatch.setenv("SEGDET_SFTP_KEY_PASSWORD", wrong)
        assert code(push) is Code.ACCESS
    monkeypatch.setenv("SEGDET_SFTP_KEY_PASSWORD", PASSWORD)
    push()
    assert (far / "model.sdk").is_file()


def test_a_key_that_others_can_read_is_refused(
    push: Callable[..., None], keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    key.write_bytes(keys.client.read_bytes())
    key.chmod(0o644)
    monkeypatch.setenv("SEGDET_SFTP_KEY", str(key))
    with pytest.raises(KitError, match="SEGDET_SFTP_KEY names a file that others can read"):
        push()


def test_no_agent_is_asked(
    push: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "agent"))
        agent.listen()
        agent.setblocking(False)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        push()
        with pytest.raises(BlockingIOError):
            agent.accept()


def test_no_proxy_command_is_run(
    push: Callable[..., None], sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, folder = tmp_path / "ran", tmp_path / ".ssh"
    folder.mkdir()
    (folder / "config").write_text(f"Host *\n  ProxyCommand touch {mark}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    push()
    host = f"-oProxyCommand=touch${{IFS}}{mark.name}"
    with pytest.raises(TransferError):
        Sftp().push(sealed, f"sftp://{host}/model.sdk", lambda done, total: None)
    assert not mark.exists()
    assert not Path(mark.name).exists()


def test_a_folder_that_is_not_there_is_missed(push: Callable[..., None]) -> None:
    assert code(push, "/none/model.sdk") is Code.MISSING


def test_a_path_may_begin_at_home(push: Callable[..., None], far: Path) -> None:
    push("/~/model.sdk")
    assert (far / "model.sdk").is_file()


def test_a_file_that_another_put_there_meanwhile_stays(
    served_sftp: Served, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finish(place: SftpPlace, parts: object) -> None:
        served_sftp.store("model.sdk", b"another's")
        stock(place, parts)

    stock = SftpPlace.finish
    monkeypatch.setattr(SftpPlace, "finish", finish)
    with pytest.raises(TransferError):
        served_sftp.push(sealed)
    assert served_sftp.stored() == {"model.sdk": b"another's"}


def test_a_part_whose_blocks_did_not_all_arrive_is_sent_again(
    push: Callable[..., None], far: Path, sealed: Path
) -> None:
    from segdet_transports.disk import aside_name

    from segdet_kit.transfer.parts import parts_of

    content = bytearray(sealed.read_bytes()[: 3 * PART])
    content[2 * PART + 5 : 2 * PART + 900] = bytes(895)
    (far / aside_name("model.sdk", parts_of(sealed, PART))).write_bytes(content)
    push()
    assert (far / "model.sdk").read_bytes() == sealed.read_bytes()


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (asyncssh.SFTPPermissionDenied("canary"), Code.FAILED),
        (asyncssh.SFTPNoSpaceOnFilesystem("canary"), Code.FAILED),
        (asyncssh.SFTPFileAlreadyExists("canary"), Code.TAKEN),
        (asyncssh.SFTPConnectionLost("canary"), Code.UNREACHABLE),
        (asyncssh.KeyExchangeFailed("canary"), Code.SERVER),
        (asyncssh.ConnectionLost("canary"), Code.UNREACHABLE),
        (TimeoutError("canary"), Code.UNREACHABLE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_server_answers_is_told(error: Exception, meaning: Code) -> None:
    assert Sftp().explain(error) is meaning


def test_without_asyncssh_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib
    import sys

    monkeypatch.setitem(sys.modules, "asyncssh", None)
    monkeypatch.delitem(sys.modules, sftp.__name__)
    with pytest.raises(KitError, match="sftp:// needs asyncssh") as error:
        importlib.import_module(sftp.__name__)
    assert error.value.hint == "pip install 'segdet-transports[sftp]'"

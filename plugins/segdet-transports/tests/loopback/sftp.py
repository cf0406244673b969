"""SSH servers: asyncssh's, and OpenSSH's where it is installed."""

from __future__ import annotations

import asyncio
import getpass
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncssh

SSHD = Path("/usr/sbin/sshd")
PASSWORD = "canary-password-5b0e8d21"


@dataclass(frozen=True)
class Keys:
    """Files: the keys of the server and the client, who may log in, and the client's key encrypted."""

    host: Path
    client: Path
    authorized: Path
    encrypted: Path

    def known_hosts(self, port: int) -> str:
        public = asyncssh.read_private_key(self.host).export_public_key().decode()
        return f"[127.0.0.1]:{port} {public}"


def make_keys(folder: Path) -> Keys:
    folder.mkdir()
    made = Keys(*(folder / name for name in ("host", "client", "authorized", "encrypted")))
    host, client = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    host.write_private_key(made.host)
    client.write_private_key(made.client)
    client.write_private_key(made.encrypted, passphrase=PASSWORD, rounds=4, ignore_few_rounds=True)
    client.write_public_key(made.authorized)
    for path in (made.host, made.client, made.encrypted):
        path.chmod(0o600)
    return made


class PasswordServer(asyncssh.SSHServer):
    """Lets in by a password, too."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == PASSWORD


@contextmanager
def asyncssh_server(folder: Path, keys: Keys) -> Iterator[int]:
    """Serve a folder as the root, in a thread with a loop of its own; the port."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    ports: list[int] = []
    ready = threading.Event()

    async def serve() -> None:
        async with asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=PasswordServer,
            server_host_keys=[str(keys.host)],
            authorized_client_keys=str(keys.authorized),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
            allow_scp=False,
        ) as server:
            ports.append(server.get_port())
            ready.set()
            await stop.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


CONFIG = """
HostKey {keys.host}
AuthorizedKeysFile {keys.authorized}
AllowUsers {user}
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
PidFile none
"""


@contextmanager
def openssh_server(folder: Path, keys: Keys) -> Iterator[int]:
    """Start OpenSSH's sshd for each connection, as inetd would; the port. It serves the whole machine."""
    config = folder.parent / "sshd_config"
    config.write_text(CONFIG.format(keys=keys, user=getpass.getuser()))
    with suppress(PermissionError):
        Path("/run/sshd").mkdir(exist_ok=True)  # which root's sshd wants to be there
    running: list[subprocess.Popen[bytes]] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    command = [str(SSHD), "-i", "-e", "-f", str(config)]
                    running.append(subprocess.Popen(command, stdin=connection, stdout=connection))

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for process in running:
            process.terminate()
            process.wait()

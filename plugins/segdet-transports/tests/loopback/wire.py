"""A TCP proxy that carries little at a time, counts, and cuts connections at a chosen byte."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

CHUNK = 2048
RESET = struct.pack("ii", 1, 0)


class Wire:
    """Between clients and ``port`` of a server. ``carried``: the bytes to it (``up``) and from it (``down``).

    ``cut(up=N)`` or ``cut(down=N)``: when N bytes more have passed that way, every connection is reset and
    ``then`` is called; new ones are carried again.
    """

    def __init__(self, port: int) -> None:
        self.server = port
        self.carried = {"up": 0, "down": 0}
        self.limits: dict[str, int] = {}
        self.then: Callable[[], None] = lambda: None
        self.lock = threading.Lock()
        self.open: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def cut(self, then: Callable[[], None] = lambda: None, **after: int) -> None:
        self.carried = {"up": 0, "down": 0}
        self.limits, self.then = after, then

    @property
    def was_cut(self) -> bool:
        return not self.limits

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.server))
                except OSError:
                    client.close()
                    continue
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self.lock:
                    self.open += [client, server]
                for way, source, target in (("up", client, server), ("down", server, client)):
                    threading.Thread(target=self.carry, args=(way, source, target), daemon=True).start()

    def carry(self, way: str, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                if self.is_cut_at(way, len(chunk)):
                    self.then()
                    self.reset()
                    return
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)

    def is_cut_at(self, way: str, size: int) -> bool:
        with self.lock:
            self.carried[way] += size
            if way not in self.limits or self.carried[way] <= self.limits[way]:
                return False
            self.limits = {}
            return True

    def reset(self) -> None:
        with self.lock:
            for each in self.open:
                with suppress(OSError):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
            self.open.clear()


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    thread = threading.Thread(target=wire.accept)
    thread.start()
    try:
        yield wire
    finally:
        # A listener that is only closed would leave its thread in accept().
        wire.listener.shutdown(socket.SHUT_RDWR)
        wire.listener.close()
        wire.reset()
        thread.join()

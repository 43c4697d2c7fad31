"""A proxy that tunnels: ``CONNECT host:port``, then bytes both ways."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self


class Tunnel:
    """Runs on a free port of the loopback address, from ``with`` to its end.

    ``asked`` has the first line and the headers of each tunnel that was asked for.

    :param port: of the loopback address, to which every tunnel leads, whatever host was asked for.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return  # it is over
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (more := client.recv(4096)):
                return
            head += more
        self.asked.append(head.decode())
        server = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=_pump, args=(server, client), daemon=True).start()
        _pump(client, server)

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one of the two has gone

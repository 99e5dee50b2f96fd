"""A network cable: forwards connections, and can be cut."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

_RESET = struct.pack("ii", 1, 0)


class Relay:
    """Listens on a free port of 127.0.0.1 and forwards to `target`, which may change. While it
    `is_cut`, nothing passes. `watch` sees what clients send and `watch_answers` what they get,
    before it is forwarded. Both may cut the connection."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.is_cut = False
        self.watch: Callable[[bytes], object] = lambda data: None
        self.watch_answers: Callable[[bytes], object] = lambda data: None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            self.is_cut = True
            ends, self._open = self._open, set()
        for end in ends:
            _reset(end)

    def mend(self) -> None:
        self.is_cut = False
        self.watch = self.watch_answers = lambda data: None

    def close(self) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self.target, timeout=10)
            except OSError:
                _reset(near)
                continue
            far.settimeout(None)
            with self._lock:
                is_through = not self.is_cut
                if is_through:
                    self._open |= {near, far}
            if not is_through:
                _reset(near)
                _reset(far)
                continue
            for one, other, is_outward in ((near, far, True), (far, near, False)):
                threading.Thread(
                    target=self._pass_on, args=(one, other, is_outward), daemon=True
                ).start()

    def _pass_on(self, one: socket.socket, other: socket.socket, is_outward: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                (self.watch if is_outward else self.watch_answers)(data)
                other.sendall(data)
        with self._lock:
            self._open -= {one, other}
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _reset(end: socket.socket) -> None:
    """Like a machine that is gone: what was sent last may be lost."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.shutdown(socket.SHUT_RDWR)
    end.close()

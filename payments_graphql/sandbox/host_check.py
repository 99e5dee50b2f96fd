"""Protects against DNS rebinding: the sandbox answers only to known host names.

A web page can make its own name resolve to 127.0.0.1, and then read what is served there. But its
requests have that name in the Host header.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.http_server import Responder
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest


class HostCheck:
    """Passes on requests to this machine's names, and to names that were allowed."""

    def __init__(self, responder: Responder, host: str, allowed_hosts: Iterable[str]) -> None:
        self._responder = responder
        self._names = {name.lower() for name in (host, *allowed_hosts)}
        # If other machines can reach the sandbox, they may use its address: rebinding needs names.
        self._takes_addresses = not _is_loopback(host)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        header = request.headers.get("Host")
        # Every browser sends it.
        if header is None or self._is_known(header):
            return self._responder.answer(request)
        error = UnsavedError(
            f"Unknown host: {header[:100]}. If that is a name of the sandbox, start it with "
            "--allow-host.",
            status=403,
        )
        return HttpAnswer.json(403, error.body("req_misdirected", 0))

    def _is_known(self, header: str) -> bool:
        try:
            name = (urlsplit(f"//{header}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self._names or _is_loopback(name):
            return True
        return self._takes_addresses and _address(name) is not None


def _is_loopback(name: str) -> bool:
    address = _address(name)
    if address is not None:
        return address.is_loopback
    return name == "localhost" or name.endswith(".localhost")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None

"""Which names the sandbox answers to, so that no web page can make itself its origin.

A page of any site can have its own name resolve to 127.0.0.1 (DNS rebinding) and then read what is
served there; but its requests carry that name in the Host header.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.http_server import Responder
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest


class HostCheck:
    """Passes on what is meant for this machine, or for a name that the sandbox was told."""

    def __init__(self, responder: Responder, host: str, allowed_hosts: Iterable[str]) -> None:
        self._responder = responder
        self._names = {name.lower() for name in (host, *allowed_hosts)}
        # On an address that others can reach, they may use it; names are what rebinding needs.
        self._takes_addresses = not _is_loopback(host)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        header = request.headers.get("Host")
        # No browser leaves it out.
        if header is None or self._is_known(header):
            return self._responder.answer(request)
        error = UnsavedError(
            f"This sandbox does not answer to {header[:100]}. If that is one of its names, start "
            "it with --allow-host.",
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

"""Whose address a request comes from. See `PAYMENTS_TRUSTED_PROXIES`.

Note [The client's address]
Each proxy appends the address that it was called from to `X-Forwarded-For`, so that with n proxies
of one's own the n-th entry from the right was written by the outermost of them. Everything left of
it is the client's own word, and is never looked at. A header that is too short, or holds something
else than an address there, did not pass those proxies: then the connection's address counts.

WSGI gives `X_Forwarded_For` and `X-Forwarded-For` one name, so that a client could put its own word
in the place of the proxy's: granian keeps the one that came last. Nothing of that can be seen here
any more, so the proxy must drop it: docs/proxies.md says how, and `manage.py
doctor` sends one to see. Under ASGI Django drops all such headers.

The log, the rate limits and sign-in all ask `get_client_address`.
"""

import ipaddress

from django.http import HttpRequest

from .conf import conf

type _Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def get_client_address(request: HttpRequest) -> str | None:
    """An IPv4 address, or the /64 network of an IPv6 one, as a customer has all of that.

    None where there is none, as behind a Unix socket without `PAYMENTS_TRUSTED_PROXIES`.
    """
    address = _get_forwarded(request) or _parse(request.META.get("REMOTE_ADDR", ""))
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return None if address is None else str(address)


def _get_forwarded(request: HttpRequest) -> _Address | None:
    proxies = conf.PAYMENTS_TRUSTED_PROXIES
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not 0 < proxies <= len(entries):
        return None
    return _parse(entries[-proxies])


def _parse(text: str) -> _Address | None:
    """Some proxies write a port behind it: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None

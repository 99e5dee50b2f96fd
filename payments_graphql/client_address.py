"""The client's address. See `PAYMENTS_TRUSTED_PROXIES`.

Note [The client's address]
Each proxy appends the address of its own client to `X-Forwarded-For`. With n trusted proxies, the
n-th entry from the right was written by the outermost of them. The client can forge everything to
the left of it, so that is never read. If the header is too short, or that entry is not an address,
the request did not pass through those proxies, and the connection's address is used.

WSGI gives `X_Forwarded_For` and `X-Forwarded-For` the same name, so a client could overwrite the
proxy's value: granian keeps the header that comes last. This code cannot detect that, so the proxy
must drop `X_Forwarded_For`. docs/proxies.md says how, and `manage.py payments_doctor` tests it.
Under ASGI, Django itself drops such headers.

The log, the rate limits and sign-in all use `get_client_address`.
"""

import ipaddress

from django.http import HttpRequest

from .conf import conf

type _Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def get_client_address(request: HttpRequest) -> str | None:
    """An IPv4 address, or the /64 network of an IPv6 address, since a customer usually has a /64.

    None if unknown, as behind a Unix socket without `PAYMENTS_TRUSTED_PROXIES`.
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
    """Accepts a port, which some proxies append: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None

"""Checks the proxies in front of the running site with two requests to its own address.

See Note [The client's address] for what a proxy must do with `X-Forwarded-For`.
"""

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..addresses import find_path
from ..conf import conf
from ..proxy_probe import probe
from . import probing
from .endpoints import find_enabled, find_ours, find_prefix, is_host_allowed
from .finding import Finding, Subject
from .probing import Answer, NotAnsweredError

_PROXY = Subject("proxy")

FORGED = {"X-Forwarded-For": "192.0.2.1", "X_Forwarded_For": "192.0.2.2"}
"""Addresses reserved for documentation: https://www.rfc-editor.org/rfc/rfc5737. The header with
underscores is sent last, since under WSGI it then replaces the other."""

_PAGE = "See docs/proxies.md."
_HINTS = {
    "X-Forwarded-For": (
        "PAYMENTS_TRUSTED_PROXIES must be the number of proxies that append to the header: 0 "
        "without a proxy. nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for. "
    ),
    "X_Forwarded_For": (
        "Make the proxy drop it. nginx: underscores_in_headers off and ignore_invalid_headers on. "
        "Caddy: request_header -X_Forwarded_For. Without a proxy: PAYMENTS_TRUSTED_PROXIES=0. "
    ),
}


def examine_proxies(endpoints: list[dict[str, Any]] | None, url: str = "") -> Iterator[Finding]:
    """`url` is the site's address, if it differs from that of the webhook endpoint at Stripe."""
    path = find_path(probe)
    if path is None:
        yield _PROXY.ok(
            "not checked: no URL of this site leads to the view of the probe. "
            'Add path("api/stripe/", include("payments_graphql.urls")) to the URLconf.'
        )
        return
    address = _find_probe(path, endpoints, url)
    if address is None:
        yield _PROXY.ok(
            "not checked: this site's public address is unknown. "
            "Set it: manage.py payments_doctor --url https://shop.example"
        )
        return
    shown = f"{address.scheme}://{address.netloc}"
    try:
        yield from _judge_addresses(probing.send_forged(address, [*FORGED.items()]), shown)
        yield _judge_body(probing.send_slowly(address), shown)
    except NotAnsweredError as error:
        if url:
            yield _PROXY.warning(f"{shown} was not checked: {error}.", _PAGE)
        else:
            yield _PROXY.ok(f"not checked at {shown}: {error}. Set another address with --url.")


def _find_probe(path: str, endpoints: list[dict[str, Any]] | None, url: str) -> SplitResult | None:
    """The probe's address, with the same prefix, since a proxy may add one to the whole site."""
    if url:
        parts = urlsplit(url)
        return _clean(parts, parts.path.rstrip("/") + path)
    for endpoint in find_enabled(find_ours(endpoints or ())):
        if is_host_allowed(endpoint):
            parts = urlsplit(endpoint["url"])
            return _clean(parts, f"{find_prefix(parts.path)}{path}")
    return None


def _clean(parts: SplitResult, path: str) -> SplitResult:
    """Removes the user, password and query, which can be secret."""
    return SplitResult(parts.scheme, parts.netloc.rpartition("@")[2], path, "", "")


def _judge_addresses(answer: Answer, shown: str) -> Iterator[Finding]:
    address = _parse(answer.address)
    for name, forged in FORGED.items():
        if address == forged:
            message = (
                f"{shown} believes the address that a client sends in {name}: clients can "
                "evade the rate limits and forge the addresses in the log."
            )
            yield _judge(message, _HINTS[name] + _PAGE)
            return
    if conf.PAYMENTS_TRUSTED_PROXIES == 0 and _was_written_by_proxy(answer.forwarded_for):
        message = (
            f"a proxy sends the client's address, but {shown} ignores it: all clients count "
            f"as one, {address}, and share its rate limits."
        )
        hint = (
            "Set PAYMENTS_TRUSTED_PROXIES to the number of proxies that append to X-Forwarded-For. "
        )
        yield _judge(message, hint + _PAGE)
        return
    yield _PROXY.ok(f"{shown} ignores a forged address and sees {address}.")


def _was_written_by_proxy(forwarded_for: str) -> bool:
    entries = {entry.strip() for entry in forwarded_for.split(",")}
    return bool(entries - {*FORGED.values(), ""})


def _parse(address: str | None) -> str:
    """Validates the address, since it comes over the network and is printed to a terminal."""
    if address is None:
        return "no address"
    try:
        return str(ipaddress.ip_network(address)).removesuffix("/32")
    except ValueError:
        raise NotAnsweredError("something else answers there") from None


def _judge_body(answer: Answer, shown: str) -> Finding:
    if answer.seconds < probing.PAUSE / 2:
        return _PROXY.ok(
            f"a slow request to {shown} is received completely before it occupies a thread."
        )
    message = (
        f"a slow request to {shown} occupies a thread while it arrives: a slow client "
        "for each thread would block the site."
    )
    hint = (
        "Use a proxy that buffers requests. nginx: proxy_request_buffering on. "
        "Caddy: request_buffers 1MB. "
    )
    return _judge(message, hint + _PAGE)


def _judge(message: str, hint: str) -> Finding:
    return _PROXY.error(message, hint) if conf.livemode else _PROXY.warning(message, hint)

"""Checks the webhook endpoints at Stripe: https://docs.stripe.com/api/webhook_endpoints."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.urls import get_script_prefix

from ..addresses import find_path, leads_to
from ..conf import conf
from ..stripe_client import API_VERSION
from ..webhooks.handlers import HANDLED
from ..webhooks.view import stripe_webhook
from .finding import Finding, Subject

_ENDPOINTS = Subject("webhook endpoint")

_PAGE = "https://dashboard.stripe.com/webhooks"


def examine_endpoints(
    endpoints: list[dict[str, Any]] | None, *, has_deliveries: bool
) -> Iterator[Finding]:
    """`endpoints` is None if they could not be read, which another finding reports."""
    path = find_path(stripe_webhook)
    if path is None:
        yield _ENDPOINTS.error(
            "no URL of this site leads to the webhook view.",
            'Add path("api/stripe/", include("payments_graphql.urls")) to the URLconf.',
        )
        return
    if endpoints is None:
        return
    ours = find_ours(endpoints)
    if not ours:
        yield from _explain_absence(path, has_deliveries=has_deliveries)
    elif not find_enabled(ours):
        for endpoint in ours:
            yield _ENDPOINTS.error(
                f"{_show_url(endpoint)} is disabled: Stripe sends nothing.",
                f"Enable it at {_PAGE}; Stripe disables endpoints that fail for days.",
            )
    for endpoint in find_enabled(ours):
        found = list(_examine(endpoint))
        yield from found or [
            _ENDPOINTS.ok(
                f"{_show_url(endpoint)} is enabled, with all events and API version {API_VERSION}."
            )
        ]


def find_ours(endpoints: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The endpoints that lead to our view, on any host: a proxy may change the host or prefix."""
    return [one for one in endpoints if find_prefix(urlsplit(one["url"]).path) is not None]


def find_prefix(path: str) -> str | None:
    """The prefix a proxy adds to the site's paths. None if `path` does not lead to our view."""
    starts = (index for index, letter in enumerate(path) if letter == "/")
    for start in starts:
        if leads_to(path[start:], stripe_webhook):
            return path[:start].removesuffix(get_script_prefix().rstrip("/"))
    return None


def find_enabled(endpoints: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [endpoint for endpoint in endpoints if endpoint["status"] == "enabled"]


def is_host_allowed(endpoint: Mapping[str, Any]) -> bool:
    host = urlsplit(endpoint["url"]).hostname or ""
    local = [".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else []
    return validate_host(host, settings.ALLOWED_HOSTS or local)


def _explain_absence(path: str, *, has_deliveries: bool) -> Iterator[Finding]:
    if has_deliveries and not conf.livemode:
        yield _ENDPOINTS.ok(
            "none at Stripe, but webhooks arrive, for example from `stripe listen`."
        )
        return
    message = f"Stripe has no endpoint whose URL ends with {path}"
    hint = f"Create one at {_PAGE}, with the events and the API version of docs/webhooks.md."
    if conf.livemode:
        yield _ENDPOINTS.error(message, hint)
    else:
        yield _ENDPOINTS.warning(
            message, f"{hint} `stripe listen`, or the sandbox's --forward-to, works without one."
        )


def _examine(endpoint: Mapping[str, Any]) -> Iterator[Finding]:
    url = _show_url(endpoint)
    missing = [] if "*" in endpoint["enabled_events"] else HANDLED - {*endpoint["enabled_events"]}
    if missing:
        yield _ENDPOINTS.warning(
            f"{url} does not get {len(missing)} of the {len(HANDLED)} events that we handle: "
            f"{', '.join(sorted(missing))}.",
            f"Add them at {_PAGE}. Until then only `payments_reconcile` reads them.",
        )
    version = endpoint.get("api_version")
    if version != API_VERSION:
        is_at = f"API version {version}" if version else "the account's API version"
        yield _ENDPOINTS.warning(
            f"{url} uses {is_at}, but this site uses {API_VERSION}: each object is read again.",
            f"An endpoint's version is fixed: create another one with {API_VERSION} at {_PAGE}, "
            "add its secret to STRIPE_WEBHOOK_SECRET, then delete this one.",
        )
    if not is_host_allowed(endpoint):
        host = urlsplit(endpoint["url"]).hostname
        yield _ENDPOINTS.warning(
            f"{url}: {host} is not in ALLOWED_HOSTS. If it is this site, Django answers 400.",
            "Add the host, unless the endpoint is another site's or a proxy rewrites the host.",
        )


def _show_url(endpoint: Mapping[str, Any]) -> str:
    """Removes the user, password and query, which can be secret."""
    parts = urlsplit(endpoint["url"])
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

"""Checks that our key may read all that is needed, and that the clocks agree."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from .. import mirror, stripe_client
from ..conf import conf
from ..log_redaction import redact_text
from ..stripe_client import Answer, StripeCallError, StripeCredentialsError, StripeRefusedError
from .clocks import judge_clock
from .finding import Finding, Subject

_KEYS = Subject("keys")
_STRIPE = Subject("stripe")

_READS: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
    "customers": stripe_client.list_customers,
    "payment intents": stripe_client.list_payment_intents,
    "setup intents": stripe_client.list_setup_intents,
    "refunds": stripe_client.list_refunds,
    "disputes": stripe_client.list_disputes,
    "events": stripe_client.list_events,
}
_ENDPOINTS = "webhook endpoints"
_KEY_PAGE = "https://dashboard.stripe.com/apikeys"


@dataclass
class Access:
    """What the key may read. `endpoints` is None if they could not be read."""

    findings: list[Finding] = field(default_factory=list)
    endpoints: list[dict[str, Any]] | None = None


def fetch_access() -> Access:
    """Makes one small read of each list. Stops if Stripe cannot be reached or does not know the
    key."""
    access = Access()
    refused: dict[str, str] = {}
    mirror.release_connection()
    try:
        for name, fetch in _READS.items():
            answer = _fetch(name, fetch, {"limit": 1}, refused)
            if answer is not None and not access.findings:
                access.findings.append(judge_clock("Stripe's", timezone.now() - answer.as_of))
        answer = _fetch(_ENDPOINTS, stripe_client.list_webhook_endpoints, {"limit": 100}, refused)
        access.endpoints = None if answer is None else answer.object["data"]
    except StripeCallError as error:
        access.findings.append(_explain(error))
    else:
        access.findings += _judge_permissions(refused)
    return access


def _fetch(
    name: str,
    fetch: Callable[[Mapping[str, Any]], Answer],
    parameters: Mapping[str, Any],
    refused: dict[str, str],
) -> Answer | None:
    """Returns None if only this read is forbidden, and adds the permission to `refused`."""
    try:
        return fetch(parameters)
    except StripeCredentialsError as error:
        if error.status != 403:
            raise
        permission = re.search(r"\brak_[a-z_]+", error.message)
        refused[name] = f"{name} ({permission[0]})" if permission else name
        return None


def _judge_permissions(refused: dict[str, str]) -> Iterator[Finding]:
    where = f"Edit the restricted key at {_KEY_PAGE}, or use a secret key."
    needed = [text for name, text in refused.items() if name != _ENDPOINTS]
    if len(needed) == len(_READS):
        yield _KEYS.error("Stripe forbids all reads with STRIPE_SECRET_KEY (403).", where)
    elif needed:
        yield _KEYS.error(
            f"STRIPE_SECRET_KEY is a restricted key that may not read {', '.join(needed)} (403).",
            where,
        )
    else:
        yield _KEYS.ok("Stripe accepts STRIPE_SECRET_KEY, which may read everything needed.")
    if _ENDPOINTS in refused:
        yield _KEYS.warning(
            f"STRIPE_SECRET_KEY may not read {refused[_ENDPOINTS]}: they are not checked.",
            f"Only this command needs it. {where}",
        )


def _explain(error: StripeCallError) -> Finding:
    where = conf.STRIPE_API_BASE or "https://api.stripe.com"
    if isinstance(error, StripeCredentialsError):
        return _KEYS.error(
            f"Stripe does not know STRIPE_SECRET_KEY ({error.status}).",
            f"It is wrong, rolled or expired. Copy the current key from {_KEY_PAGE}.",
        )
    if isinstance(error, StripeRefusedError):
        return _STRIPE.error(f"Stripe refuses a read: {redact_text(error.message)}")
    if error.status == 429:
        return _STRIPE.warning("Stripe is limiting our requests (429).", "Try again in a minute.")
    if error.status is not None and error.status >= 400:
        return _STRIPE.error(
            f"Stripe at {where} answers {error.status}.", "See https://status.stripe.com."
        )
    return _STRIPE.error(
        f"Stripe cannot be reached at {where}.",
        "Check the network, proxy and firewall, and STRIPE_API_BASE.",
    )

"""The checks of `manage.py payments_doctor`: settings, keys, proxies, webhooks, clocks, database,
open work.

They change nothing, here or at Stripe. If one cannot run, the others still do.
"""

from ..models import find_account
from .accounts import examine_account, explain_unknown
from .configuration import examine_limits, examine_mode, examine_settings, may_ask_stripe
from .database import examine_database
from .deliveries import examine_deliveries, has_deliveries
from .endpoints import examine_endpoints
from .finding import Finding, Level
from .proxies import examine_proxies
from .stripe_access import Access, fetch_access
from .work import examine_problems

__all__ = ["Finding", "Level", "diagnose"]


def diagnose(*, url: str = "") -> list[Finding]:
    """`url` is the site's address, if Stripe's webhook endpoint has another one."""
    findings = [*examine_settings(), *examine_mode(), *examine_limits()]
    access = fetch_access() if may_ask_stripe() else Access()
    findings += access.findings
    findings += examine_proxies(access.endpoints, url)
    of_database = list(examine_database())
    findings += of_database
    if any(finding.level is Level.ERROR for finding in of_database):
        return [*findings, *examine_endpoints(access.endpoints, has_deliveries=False)]
    if may_ask_stripe():
        findings += examine_account()
    elif find_account() is None:
        findings.append(explain_unknown())
    if find_account() is None:  # reported above; the remaining checks need an account
        return [*findings, *examine_endpoints(access.endpoints, has_deliveries=False)]
    return [
        *findings,
        *examine_endpoints(access.endpoints, has_deliveries=has_deliveries()),
        *examine_deliveries(access.endpoints),
        *examine_problems(),
    ]

"""Ends a test run that cannot reach Stripe at once, with the remedy, instead of retrying."""

import requests
from django.core import mail

from ..conf import conf

_REMEDY = (
    "This test needs Stripe, and {host} cannot be reached ({cause}). Use the sandbox: request "
    'the fixture `stripe_sandbox` (pytest_plugins = ["payments_graphql.testing.plugin"]), or '
    "derive from `payments_graphql.testing.PaymentsTestCase`."
)


class NoStripeInTestsError(RuntimeError):
    """An error of the test rather than of a payment, so no handler of payment errors catches it."""


def is_test_run() -> bool:
    """Test runners set `mail.outbox`."""
    return hasattr(mail, "outbox")


def find_remedy(error: Exception) -> str:
    """What to tell a test without a sandbox. Empty outside of tests, and for a test with a sandbox,
    which may have cut the connection on purpose."""
    cause = error.__cause__
    if not isinstance(cause, requests.exceptions.ConnectionError) or not is_test_run():
        return ""
    if conf.PAYMENTS_SANDBOX is not None:
        return ""
    reason = getattr(cause.args[0], "reason", cause) if cause.args else cause
    host = conf.STRIPE_API_BASE or "https://api.stripe.com"
    return _REMEDY.format(host=host, cause=type(reason).__name__)

"""A Stripe sandbox in the test's process, and the settings for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.test import Client, override_settings

from ..addresses import find_path
from ..sandbox import Fault, Sandbox

SECRET_KEY = "sk_test_sandbox"  # noqa: S105  the sandbox takes any
WEBHOOK_SECRET = "whsec_testing"  # noqa: S105  shared with nobody
ACCOUNT = "acct_1f5c8bb5a44b28cf"
"""The account id of the key above in the sandbox."""

_FAULTS = {
    401: "unauthorized",
    403: "forbidden",
    409: "key_in_use",
    429: "rate_limited",
    500: "error_500",
    502: "bad_gateway",
}


class StripeSandbox(Sandbox):
    """A sandbox that sends webhooks only when the test calls `deliver_webhooks()`."""

    _posted = 0

    def deliver_webhooks(self) -> list[dict[str, Any]]:
        """Post all events since the last call to the site's webhook view, signed.

        Also process what the view left to `payments_reconcile`. Returns the posted events, oldest
        first.
        """
        from ..webhooks import inbox
        from ..webhooks.view import stripe_webhook

        address = find_path(stripe_webhook)
        assert address is not None, "No URL leads to the webhook view: see `manage.py check`."
        client = Client()
        posted = []
        for signed in self.sign_events(WEBHOOK_SECRET, after=self._posted):
            answer = client.post(
                address,
                signed.body,
                content_type="application/json",
                headers={"Stripe-Signature": signed.signature},
                secure=True,
            )
            assert answer.status_code == 200, (signed.event["type"], answer.content)
            posted.append(signed.event)
        self.skip_webhooks()
        inbox.process_due()
        return posted

    def skip_webhooks(self) -> None:
        """Never deliver the events so far."""
        self._posted = self.count_events()

    def fails(self, call: str, *, status: int = 500, times: int | None = None) -> Fault:
        """Let a call fail: `with stripe_sandbox.fails("payment_intents.create", status=500):`.

        `call` is named as in Stripe's SDK. It fails `times` times, or always. `faults.add` has more
        kinds of faults: timeouts, resets and lost answers.
        """
        resource, _, method = call.partition(".")
        routes = {
            "create": ("POST", f"/v1/{resource}"),
            "list": ("GET", f"/v1/{resource}"),
            "retrieve": ("GET", f"/v1/{resource}/*"),
        }
        verb, path = routes.get(method, ("POST", f"/v1/{resource}/*/{method}"))
        if not self.has_route(verb, path):
            raise ValueError(f"{call} is not a call that fails() knows: use faults.add().")
        if status not in _FAULTS:
            raise ValueError(f"status must be one of {', '.join(map(str, _FAULTS))}.")
        return self.faults.add(_FAULTS[status], method=verb, path=path, times=times)


@contextmanager
def running_sandbox() -> Iterator[StripeSandbox]:
    """Run a sandbox, with settings that point to it and without rate limits."""
    with (
        StripeSandbox() as sandbox,
        override_settings(
            STRIPE_API_BASE=sandbox.url,
            STRIPE_SECRET_KEY=SECRET_KEY,
            STRIPE_PUBLISHABLE_KEY="pk_test_sandbox",
            STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
            PAYMENTS_ACCOUNT=ACCOUNT,
            PAYMENTS_RATE_LIMITS=None,
            PAYMENTS_SANDBOX=sandbox,
        ),
    ):
        yield sandbox

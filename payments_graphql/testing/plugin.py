"""Fixtures for pytest: `pytest_plugins = ["payments_graphql.testing.plugin"]`.

Django is imported only by the fixtures, because pytest loads plugins first.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .payments import Payments
    from .stripe_sandbox import StripeSandbox


@pytest.fixture
def stripe_sandbox() -> Iterator["StripeSandbox"]:
    """A local Stripe for this test only. The settings point to it."""
    from .stripe_sandbox import running_sandbox

    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def payments(stripe_sandbox: "StripeSandbox", db: None) -> "Payments":
    """Pays like a customer: `payments.pay(user, amount="99.99", currency="USD")`."""
    from .payments import Payments

    return Payments(stripe_sandbox)


@pytest.fixture
def deliver_webhooks(
    stripe_sandbox: "StripeSandbox", db: None
) -> Callable[[], list[dict[str, Any]]]:
    """Returns a function that posts all new Stripe events to the site's webhook view."""
    return stripe_sandbox.deliver_webhooks

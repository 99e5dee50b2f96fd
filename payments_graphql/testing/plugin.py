"""Fixtures for pytest: `pytest_plugins = ["payments_graphql.testing.plugin"]`.

Nothing of Django's is imported before a fixture is asked for: pytest loads plugins first.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .payments import Payments
    from .stripe_sandbox import StripeSandbox


@pytest.fixture
def stripe_sandbox() -> Iterator["StripeSandbox"]:
    """A local Stripe of this test alone, to which the settings lead."""
    from .stripe_sandbox import running_sandbox

    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def payments(stripe_sandbox: "StripeSandbox", db: None) -> "Payments":
    """What a customer does: `payments.pay(user, amount="99.99", currency="USD")`."""
    from .payments import Payments

    return Payments(stripe_sandbox)


@pytest.fixture
def deliver_webhooks(
    stripe_sandbox: "StripeSandbox", db: None
) -> Callable[[], list[dict[str, Any]]]:
    """Posts what Stripe has sent since the last call to the site's webhook view."""
    return stripe_sandbox.deliver_webhooks

"""A customer, Stripe's data about her, and changes whose signals are unsent."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from payments_graphql import mirror
from payments_graphql.mirror import Source
from payments_graphql.models import CauseKind, StatusChange, StripeCustomer, StripeSetupIntent
from tests.mirror.payloads import time_at


@pytest.fixture
def alices(alice: Any) -> StripeCustomer:
    return StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_alice")


@pytest.fixture
def apply(alices: StripeCustomer) -> Callable[..., Any]:
    """Returns the row in the database after a read of `payload`."""

    def apply(
        payload: dict[str, Any], *, at: int = 0, kind: CauseKind = CauseKind.READ, **values: Any
    ) -> Any:
        source = Source(kind, "req_1", time_at(at), **values)
        function = getattr(mirror, f"apply_{payload['object']}")
        with transaction.atomic():
            row = function(payload, source)
        return type(row).objects.get(pk=row.pk)

    return apply


@pytest.fixture
def make_changes(alice):
    """Creates the given number of changes with unsent signals: failed setups."""
    customer = StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_1")
    setup_intent = StripeSetupIntent.objects.create(
        customer=customer, stripe_setup_intent_id="seti_1"
    )

    def make_changes(count: int, **values) -> list[StatusChange]:
        now = timezone.now()
        return StatusChange.objects.bulk_create(
            StatusChange(
                setup_intent=setup_intent, cause_kind="event", cause_id="evt_1", occurred_at=now,
                **{"to_status": "succeeded", "failure_code": ""} | values,
            )
            for _ in range(count)
        )  # fmt: skip

    return make_changes

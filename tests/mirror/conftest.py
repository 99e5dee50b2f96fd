"""Changes of status that nobody was told of."""

import pytest
from django.utils import timezone

from payments_graphql.models import StatusChange, StripeCustomer, StripeSetupIntent


@pytest.fixture
def make_changes(alice):
    """Changes whose signals were never sent: as many failed setups as asked for."""
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

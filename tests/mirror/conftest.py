from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from payments_graphql import mirror
from payments_graphql.mirror import Source
from payments_graphql.models import CauseKind, StripeCustomer
from tests.mirror.payloads import time_at


@pytest.fixture
def alices(alice: Any) -> StripeCustomer:
    return StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_alice")


@pytest.fixture
def apply(alices: StripeCustomer) -> Callable[..., Any]:
    """The row, as it is in the database, after a read of `payload`."""

    def apply(
        payload: dict[str, Any], *, at: int = 0, kind: CauseKind = CauseKind.READ, **values: Any
    ) -> Any:
        source = Source(kind, "req_1", time_at(at), **values)
        function = getattr(mirror, f"apply_{payload['object']}")
        with transaction.atomic():
            row = function(payload, source)
        return type(row).objects.get(pk=row.pk)

    return apply

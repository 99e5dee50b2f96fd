"""Which columns are about the person, and what they hold once the person was erased.

Note [Erased for good]
From `erased_at` of its customer on, no row takes such a value again, whoever brings it: an answer,
a late webhook, an import, a reading. Nothing here decides about money, and amounts, statuses, dates
and ids are kept for the books.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models

from .customer import StripeCustomer
from .payment_intent import StripePaymentIntent
from .payment_method import StripePaymentMethod
from .refund import StripeRefund
from .setup_intent import StripeSetupIntent

PERSONAL: dict[type[models.Model], dict[str, Any]] = {
    StripePaymentIntent: {
        "description": "",
        "metadata": {},
        "receipt_email": "",
        "receipt_url": "",
        "last_error": None,
    },
    StripePaymentMethod: {
        "last4": "",
        "bank_name": "",
        "exp_month": None,
        "exp_year": None,
        "country": "",
        "fingerprint": "",
    },
    StripeSetupIntent: {"last_error": None},
    StripeRefund: {"description": ""},
}


def without_person(
    model: type[models.Model], values: Mapping[str, Any], customer: StripeCustomer
) -> Mapping[str, Any]:
    """`values` as a row of the customer's may take them. See Note [Erased for good]."""
    if customer.erased_at is None:
        return values
    empty = PERSONAL.get(model, {})
    return {name: empty.get(name, value) for name, value in values.items()}

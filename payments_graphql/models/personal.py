"""The columns with personal data, and their values after the person is erased.

Note [Erased for good]
Once the customer has `erased_at`, no row stores personal data again, whether it comes from an
answer, a late webhook, an import or a read. None of it matters for money: amounts, statuses, dates
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
    """Removes personal data from `values` if the customer is erased. See Note [Erased for good]."""
    if customer.erased_at is None:
        return values
    empty = PERSONAL.get(model, {})
    return {name: empty.get(name, value) for name, value in values.items()}

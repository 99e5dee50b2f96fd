"""The payment method types of the pinned API version."""

from typing import get_args

import stripe


def list_method_types() -> list[str]:
    """The values for `payment_method_types`:
    https://docs.stripe.com/api/payment_methods/object"""
    options = get_args(stripe.PaymentMethod.__annotations__["type"])
    names = [name for option in options for name in get_args(option)]
    # Without cards read by a terminal, which a page cannot accept.
    return sorted({str(name) for name in names} - {"card_present", "interac_present"})

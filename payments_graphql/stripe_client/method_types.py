"""The ways to pay that the pinned API version knows."""

from typing import get_args

import stripe


def list_method_types() -> list[str]:
    """As `payment_method_types` takes them: https://docs.stripe.com/api/payment_methods/object"""
    options = get_args(stripe.PaymentMethod.__annotations__["type"])
    names = [name for option in options for name in get_args(option)]
    # A terminal's cards, which no page can take.
    return sorted({str(name) for name in names} - {"card_present", "interac_present"})

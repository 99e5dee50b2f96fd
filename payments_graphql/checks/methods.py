"""Checks which payment method types are offered."""

from difflib import get_close_matches

from django.core import checks

from ..conf import conf
from .messages import TAG, get_value, make_error, make_warning


@checks.register(TAG)
def check_payment_method_types(**_: object) -> list[checks.CheckMessage]:
    value = get_value("PAYMENTS_PAYMENT_METHOD_TYPES")
    if value is None:
        return []
    name = "PAYMENTS_PAYMENT_METHOD_TYPES"
    if (
        not isinstance(value, list | tuple)
        or not value
        or not all(isinstance(one, str) for one in value)
    ):
        hint = 'List types, such as ["card", "sepa_debit"], or remove it to use the Dashboard\'s.'
        return [make_error(40, f"{name} is not a list of at least one type.", hint)]
    from ..stripe_client.method_types import list_method_types  # slow to import

    known = list_method_types()
    found: list[checks.CheckMessage] = []
    for one in value:
        if one not in known:
            close = get_close_matches(one, known, n=1)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            hint += (
                "See https://docs.stripe.com/api/payment_methods/object#payment_method_object-type."
            )
            found.append(make_error(40, f"{name}: Stripe has no type {one!r}.", hint))
    if len(set(value)) != len(value):
        found.append(make_error(40, f"{name} contains a type twice.", "Remove the duplicate."))
    return found


@checks.register(TAG)
def check_redirects(**_: object) -> list[checks.CheckMessage]:
    value = get_value("PAYMENTS_ALLOW_REDIRECTS", False)
    if value is not True:
        return []  # E017 reports a value that is not a boolean
    if not conf.PAYMENTS_RETURN_URLS:
        hint = "Set PAYMENTS_RETURN_URLS to the origins that customers return to."
        return [
            make_error(41, "PAYMENTS_ALLOW_REDIRECTS is on without PAYMENTS_RETURN_URLS.", hint)
        ]
    if get_value("PAYMENTS_PAYMENT_METHOD_TYPES") is not None:
        hint = "Remove it: PAYMENTS_PAYMENT_METHOD_TYPES already lists the types."
        return [make_warning(20, "PAYMENTS_ALLOW_REDIRECTS has no effect.", hint)]
    return []

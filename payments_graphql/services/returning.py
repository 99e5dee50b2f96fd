"""The page to which the customer returns after a confirmation on the server."""

from typing import Any

from django.utils.translation import gettext as _

from .. import operations, stripe_client
from ..conf import conf
from ..errors import ValidationError
from ..models import StripePaymentIntent, StripePaymentMethod
from ..payment_method_types import get_method_type
from .inputs import check_return_url

__all__ = ["Chosen", "get_return_parameters"]


type Chosen = StripePaymentMethod | str | None
"""A method of the payer, the Stripe id of one that has no row here, or None for the payment's own
method."""


def get_return_parameters(
    intent: StripePaymentIntent, chosen: Chosen, return_url: str, *, off_session: bool
) -> dict[str, Any]:
    """The parameters for Stripe.

    A card needs no return URL: Stripe.js shows 3-D Secure over the page. A method that opens
    another page needs one: raises `ValidationError` if it is missing.
    https://docs.stripe.com/payments/finalize-payments-on-the-server
    """
    if return_url:
        return {"return_url": check_return_url(return_url)}
    if get_method_type(_find_type(intent, chosen)).redirects:
        raise ValidationError(
            _(
                "This payment method opens another page. Set `returnUrl` to the page that the "
                "customer returns to."
            ),
            path=("returnUrl",),
        )
    if not _may_redirect():
        return {}
    # Stripe requires a return URL for every payment that might redirect, even for a card.
    parameters: dict[str, Any] = {"return_url": f"{conf.PAYMENTS_RETURN_URLS[0]}/"}
    return parameters if off_session else parameters | {"use_stripe_sdk": True}


def _may_redirect() -> bool:
    return conf.PAYMENTS_PAYMENT_METHOD_TYPES is None and conf.PAYMENTS_ALLOW_REDIRECTS


def _find_type(intent: StripePaymentIntent, chosen: Chosen) -> str:
    """Calls Stripe only if the method can be one that redirects."""
    if chosen is None:
        return intent.payment_method.type if intent.payment_method else "card"
    if not isinstance(chosen, str):
        return chosen.type
    if not _may_redirect() and not _offers_redirects():
        return "card"
    answer = operations.read(stripe_client.retrieve_payment_method, chosen)
    return str(answer.object.get("type") or "card")


def _offers_redirects() -> bool:
    return any(get_method_type(name).redirects for name in conf.PAYMENTS_PAYMENT_METHOD_TYPES or ())

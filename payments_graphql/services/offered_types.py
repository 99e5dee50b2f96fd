"""The payment methods that a new payment or setup intent offers, as the site has chosen."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from ..conf import conf
from ..errors import ValidationError
from ..models import CaptureMethod
from ..payment_method_types import get_method_type

__all__ = ["get_offer_for_payment", "get_offer_for_setup"]


def get_offer_for_payment(
    *, currency: str, capture_method: str, is_to_be_saved: bool
) -> dict[str, Any]:
    """The parameters for Stripe.

    Leaves out unsuitable methods, since Stripe would reject the whole payment. Raises
    `ValidationError` if none is left.
    https://docs.stripe.com/payments/payment-methods/integration-options
    """
    names = conf.PAYMENTS_PAYMENT_METHOD_TYPES
    if names is None:
        return _from_dashboard()
    fitting = _keep_fitting(
        names,
        currency=currency,
        is_to_be_held=capture_method == CaptureMethod.MANUAL,
        is_to_be_saved=is_to_be_saved,
    )
    if not fitting:
        raise ValidationError(
            _("None of the payment methods offered here (%(types)s) supports this payment.")
            % {"types": ", ".join(get_method_type(name).label for name in names)},
            path=("currency",),
        )
    return {"payment_method_types": fitting}


def get_offer_for_setup() -> dict[str, Any]:
    """Raises `ValidationError` if none of the methods can be saved."""
    names = conf.PAYMENTS_PAYMENT_METHOD_TYPES
    if names is None:
        return _from_dashboard()
    fitting = [name for name in names if get_method_type(name).can_be_saved]
    if not fitting:
        raise ValidationError(_("None of the payment methods offered here can be saved."))
    return {"payment_method_types": fitting}


def _from_dashboard() -> dict[str, Any]:
    redirects = "always" if conf.PAYMENTS_ALLOW_REDIRECTS else "never"
    return {"automatic_payment_methods": {"enabled": True, "allow_redirects": redirects}}


def _keep_fitting(
    names: Iterable[str], *, currency: str, is_to_be_held: bool, is_to_be_saved: bool
) -> list[str]:
    found = []
    for name in names:
        kind = get_method_type(name)
        if (
            (kind.currencies is None or currency in kind.currencies)
            and (kind.can_be_held or not is_to_be_held)
            and (kind.can_be_saved or not is_to_be_saved)
        ):
            found.append(name)
    return found

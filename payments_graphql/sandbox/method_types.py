"""The types of payment methods that the sandbox supports, and what each type allows.

https://docs.stripe.com/payments/payment-methods/payment-method-support
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MethodType:
    """One type. `currencies` is None for all currencies. A type that can hold allows manual
    capture, and one that redirects sends the customer to another page."""

    name: str
    currencies: tuple[str, ...] | None = None
    can_be_held: bool = False
    can_be_saved: bool = False
    needs_mandate: bool = False
    redirects: bool = False
    can_be_refunded: bool = True


CARD = MethodType("card", can_be_held=True, can_be_saved=True)
TYPES = {
    one.name: one
    for one in (
        CARD,
        MethodType("us_bank_account", ("usd",), can_be_saved=True, needs_mandate=True),
        MethodType("sepa_debit", ("eur",), can_be_saved=True, needs_mandate=True),
        MethodType("boleto", ("brl",), can_be_refunded=False),
        MethodType("ideal", ("eur",), redirects=True),
    )
}

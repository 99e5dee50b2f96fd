"""Payment method types: their currencies, and whether they can be held, saved and refunded.

From https://docs.stripe.com/payments/payment-methods/payment-method-support, for the types whose
rules are the same for every account. All other types are left to Stripe to check.
"""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

__all__ = ["MethodType", "get_method_type"]


@dataclass(frozen=True)
class MethodType:
    """`currencies` is None if Stripe decides. To hold means to capture later. `redirects` means
    that the customer leaves the page and needs a page to return to."""

    english_label: str
    currencies: frozenset[str] | None = None
    can_be_held: bool = True
    can_be_saved: bool = True
    can_be_refunded: bool = True
    redirects: bool = False

    @property
    def label(self) -> str:
        return gettext(self.english_label)


def _bank_debit(label: str, *currencies: str) -> MethodType:
    return MethodType(label, frozenset(currencies), can_be_held=False)


def _voucher(label: str, currency: str, *, can_be_refunded: bool) -> MethodType:
    return MethodType(
        label,
        frozenset({currency}),
        can_be_held=False,
        can_be_saved=False,
        can_be_refunded=can_be_refunded,
    )


def _bank_redirect(label: str, *currencies: str, can_be_saved: bool = False) -> MethodType:
    return MethodType(
        label,
        frozenset(currencies),
        can_be_held=False,
        can_be_saved=can_be_saved,
        redirects=True,
    )


_TYPES = {
    "acss_debit": _bank_debit(gettext_noop("Pre-authorized debit"), "CAD", "USD"),
    "au_becs_debit": _bank_debit("BECS Direct Debit", "AUD"),
    "bacs_debit": _bank_debit("Bacs Direct Debit", "GBP"),
    "nz_bank_account": _bank_debit("BECS Direct Debit", "NZD"),
    "sepa_debit": _bank_debit("SEPA Direct Debit", "EUR"),
    "us_bank_account": _bank_debit(gettext_noop("Bank account"), "USD"),
    "boleto": _voucher("Boleto", "BRL", can_be_refunded=False),
    "konbini": _voucher("Konbini", "JPY", can_be_refunded=True),
    "multibanco": _voucher("Multibanco", "EUR", can_be_refunded=True),
    "oxxo": _voucher("OXXO", "MXN", can_be_refunded=False),
    "customer_balance": MethodType(
        gettext_noop("Bank transfer"),
        frozenset({"EUR", "GBP", "JPY", "MXN", "USD"}),
        can_be_held=False,
        can_be_saved=False,
    ),
    "bancontact": _bank_redirect("Bancontact", "EUR", can_be_saved=True),
    "eps": _bank_redirect("EPS", "EUR"),
    "fpx": _bank_redirect("FPX", "MYR"),
    "ideal": _bank_redirect("iDEAL", "EUR", can_be_saved=True),
    "p24": _bank_redirect("Przelewy24", "EUR", "PLN"),
    "blik": MethodType("BLIK", frozenset({"PLN"}), can_be_held=False),
    "paynow": MethodType("PayNow", frozenset({"SGD"}), can_be_held=False, can_be_saved=False),
    "promptpay": MethodType("PromptPay", frozenset({"THB"}), can_be_held=False, can_be_saved=False),
    "affirm": MethodType("Affirm", can_be_saved=False, redirects=True),
    "afterpay_clearpay": MethodType("Afterpay / Clearpay", can_be_saved=False, redirects=True),
    "alipay": MethodType("Alipay", can_be_held=False, redirects=True),
    "amazon_pay": MethodType("Amazon Pay", redirects=True),
    "cashapp": MethodType("Cash App Pay", frozenset({"USD"}), redirects=True),
    "klarna": MethodType("Klarna", redirects=True),
    "paypal": MethodType("PayPal", redirects=True),
    "revolut_pay": MethodType("Revolut Pay", redirects=True),
    "card": MethodType(gettext_noop("Card")),
    "link": MethodType("Link"),
}


def get_method_type(name: str) -> MethodType:
    """An unknown type may do everything: Stripe checks it."""
    return _TYPES.get(name) or MethodType(name.replace("_", " ").capitalize())


def list_saved_types() -> list[tuple[str, str]]:
    """The names and labels of the types that customers can save."""
    saved = {name: one.label for name, one in _TYPES.items() if one.can_be_saved}
    return sorted(saved.items(), key=lambda item: item[1])

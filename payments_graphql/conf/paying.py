"""How customers pay, and what follows."""

from collections.abc import Mapping
from datetime import timedelta

from .reading import get


class PayingSettings:
    """Paying"""

    @property
    def PAYMENTS_PAYMENT_METHOD_TYPES(self) -> tuple[str, ...] | None:
        """The payment method types to offer, such as `["card", "sepa_debit"]`. None: the types
        enabled in Stripe's Dashboard."""
        types = get("PAYMENTS_PAYMENT_METHOD_TYPES", None)
        return None if types is None else tuple(types)

    @property
    def PAYMENTS_ALLOW_REDIRECTS(self) -> bool:
        """Whether to offer types enabled in the Dashboard that redirect the customer, such as
        iDEAL. Requires `PAYMENTS_RETURN_URLS`."""
        return bool(get("PAYMENTS_ALLOW_REDIRECTS", False))

    @property
    def PAYMENTS_RETURN_URLS(self) -> tuple[str, ...]:
        """Origins (`https://shop.example`) allowed in `returnUrl`, where the customer returns after
        3-D Secure or a bank's page."""
        return tuple(get("PAYMENTS_RETURN_URLS", ()))

    @property
    def PAYMENTS_CANCEL_UNPAID_AFTER(self) -> timedelta | None:
        """`payments_reconcile` cancels payments that nobody has paid or changed for this long.
        None: never. Vouchers keep their own deadline: see Note [Waiting for the customer]."""
        after: timedelta | None = get("PAYMENTS_CANCEL_UNPAID_AFTER", timedelta(hours=24))
        return after

    @property
    def PAYMENTS_DISPUTE_DUE_SOON(self) -> timedelta:
        """How long before a dispute's evidence is due `payments_reconcile` sends the signal
        `dispute_due_soon`."""
        before: timedelta = get("PAYMENTS_DISPUTE_DUE_SOON", timedelta(days=3))
        return before

    @property
    def PAYMENTS_DISPUTE_EVIDENCE(self) -> Mapping[str, str]:
        """Texts that fill the form for answering any dispute, by type of evidence, such as
        `{"refund_policy_disclosure": "Shown above the pay button: ..."}`."""
        texts: Mapping[str, str] = get("PAYMENTS_DISPUTE_EVIDENCE", {})
        return texts

    @property
    def PAYMENTS_IGNORED_PROBLEMS(self) -> tuple[str, ...]:
        """Kinds of problems that nobody needs to hear of, such as `["unknown_customers"]` if
        another system uses the same Stripe account. docs/runbook.md lists all kinds."""
        return tuple(get("PAYMENTS_IGNORED_PROBLEMS", ()))

"""What the customer must do next, according to Stripe, and by when.

Note [Waiting for the customer]
`requires_action` does not only mean 3-D Secure. A voucher, a bank transfer or micro-deposits keep a
payment in this state for days, by design: the customer has a number to pay with, and the money may
be on its way. Such a payment has its own deadline or none, and Stripe ends it.

`next_action` may contain a client secret and addresses that show what to pay, so it is never
stored. Only its type and its deadline are.
https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

__all__ = ["DONE_AT_ONCE", "NextAction", "keep_type_and_deadline", "read_next_action"]

DONE_AT_ONCE = frozenset(
    {
        "",
        "alipay_handle_redirect",
        "blik_authorize",
        "cashapp_handle_redirect_or_display_qr_code",
        "redirect_to_url",
        "swish_handle_redirect_or_display_qr_code",
        "upi_handle_redirect_or_display_qr_code",
        "use_stripe_sdk",
        "wechat_pay_redirect_to_android_app",
        "wechat_pay_redirect_to_ios_app",
    }
)
"""Done within minutes or not at all. All other types, including ones that Stripe adds later, may
take days."""

_HOSTED_PAGES = ("hosted_voucher_url", "hosted_instructions_url", "hosted_verification_url")
_NUMBERS = ("number", "reference")


@dataclass(frozen=True)
class NextAction:
    """`hosted_url` is Stripe's page with the voucher, the instructions or the form. `number` is
    what the customer enters at the bank or shows in the shop."""

    type: str
    expires_at: datetime | None = None
    redirect_url: str | None = field(default=None, repr=False)
    hosted_url: str | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)


def read_next_action(next_action: Mapping[str, Any]) -> NextAction:
    """Reads the parts that all types have in common."""
    kind, details = _split(next_action)
    return NextAction(
        type=kind,
        expires_at=_read_deadline(details),
        redirect_url=_find_text(details, ("url",)) if kind == "redirect_to_url" else None,
        hosted_url=_find_text(details, _HOSTED_PAGES),
        number=_find_text(details, _NUMBERS),
    )


def keep_type_and_deadline(next_action: Any) -> dict[str, Any] | None:
    """In Stripe's format, without anything that must not be stored."""
    if not isinstance(next_action, Mapping):
        return None
    kind, details = _split(next_action)
    if not kind:
        return None
    deadline = _find_deadline(details)
    return {"type": kind} | ({kind: {"expires_at": deadline}} if deadline is not None else {})


def _split(next_action: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    kind = str(next_action.get("type") or "")
    details = next_action.get(kind)
    return kind, details if isinstance(details, Mapping) else {}


def _read_deadline(details: Mapping[str, Any]) -> datetime | None:
    seconds = _find_deadline(details)
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)


def _find_deadline(details: Mapping[str, Any]) -> int | None:
    """OXXO calls it `expires_after`, and a QR code has its own."""
    code = details.get("qr_code")
    for holder in (details, code if isinstance(code, Mapping) else {}):
        for name in ("expires_at", "expires_after"):
            seconds = holder.get(name)
            # Ignore values that no date can represent.
            if isinstance(seconds, int) and 0 < seconds < 253_402_300_800:
                return seconds
    return None


def _find_text(details: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(details[name]) for name in names if details.get(name)), None)

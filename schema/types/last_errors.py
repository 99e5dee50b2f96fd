"""Why the last attempt failed, from the mirror: Stripe's code, the bank's code and a message."""

from collections.abc import Mapping
from typing import Self

import strawberry

from payments_graphql import declines
from payments_graphql.policy import get_policy

from ..engine.context import Info, get_user
from ..engine.errors import ADVICE_CODE


def show_failure_code(info: Info, code: str) -> str | None:
    """None for an empty code. A confidential code is only shown to users who may see all
    payments."""
    if code in declines.CONFIDENTIAL and not get_policy().may_see_everything(get_user(info)):
        return declines.GENERIC
    return code or None


@strawberry.type
class _LastError:
    code: str | None = strawberry.field(description="Stripe's error code, such as `card_declined`.")
    decline_code: str | None = strawberry.field(
        description="The bank's reason, such as `insufficient_funds`. Reasons that Stripe asks to "
        "hide from customers are shown as `generic_decline`, unless you may see all payments."
    )
    message: str | None = strawberry.field(description="A message for the customer.")
    advice: str | None = strawberry.field(
        description="What the customer can do next. Null if the error is not about the card."
    )
    advice_code: str | None = strawberry.field(description=ADVICE_CODE)

    @classmethod
    def read(cls, stored: Mapping[str, str] | None, info: Info) -> Self | None:
        if not stored:
            return None
        decline_code = stored.get("decline_code", "")
        message = stored.get("message", "")
        is_card = stored.get("type") == "card_error"
        if is_card:
            message = declines.explain(decline_code, message)
        return cls(
            code=show_failure_code(info, stored.get("code", "")),
            decline_code=show_failure_code(info, decline_code),
            message=message or None,
            advice=_advise(stored) if is_card else None,
            advice_code=_show_advice_code(info, stored),
        )


def _advise(stored: Mapping[str, str]) -> str:
    code = stored.get("decline_code") or stored.get("code", "")
    return declines.advise(code, stored.get("advice_code", ""))


def _show_advice_code(info: Info, stored: Mapping[str, str]) -> str | None:
    advice_code = stored.get("advice_code", "")
    if not get_policy().may_see_everything(get_user(info)):
        advice_code = declines.show_advice_code(stored.get("decline_code", ""), advice_code)
    return advice_code or None


@strawberry.type(description="Why the last attempt to pay failed.")
class LastPaymentError(_LastError):
    pass


@strawberry.type(description="Why the last attempt to save a card failed.")
class LastSetupError(_LastError):
    pass

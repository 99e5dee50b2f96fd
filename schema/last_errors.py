"""Why the last attempt failed, as the mirror keeps it: Stripe's code, the bank's, and a message."""

from collections.abc import Mapping
from typing import Self

import strawberry


@strawberry.type
class _LastError:
    code: str | None = strawberry.field(description="Stripe's code, such as `card_declined`.")
    decline_code: str | None = strawberry.field(
        description="The bank's reason, such as `insufficient_funds`."
    )
    message: str | None = strawberry.field(description="What to tell the customer.")

    @classmethod
    def read(cls, stored: Mapping[str, str] | None) -> Self | None:
        if not stored:
            return None
        return cls(
            code=stored.get("code") or None,
            decline_code=stored.get("decline_code") or None,
            message=stored.get("message") or None,
        )


@strawberry.type(description="Why the last attempt to pay failed.")
class LastPaymentError(_LastError):
    pass


@strawberry.type(description="Why the last attempt to save a card failed.")
class LastSetupError(_LastError):
    pass

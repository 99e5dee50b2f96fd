"""The result of a call to Stripe: an answer, or an error whose class says what to do next."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone


@dataclass(frozen=True)
class Answer:
    """Stripe's answer, its time, and the id under which Stripe logged the request.

    The object is as it was at some time between `as_of_earliest` and `as_of`.
    See Note [Order of updates].
    """

    object: dict[str, Any] = field(repr=False)
    as_of: datetime
    as_of_earliest: datetime
    request_id: str
    replayed: bool = False


@dataclass
class StripeCallError(Exception):
    """A call that did not end in a 2xx answer."""

    message: str
    status: int | None = None
    code: str = ""
    type: str = ""
    param: str = ""
    decline_code: str = ""
    advice_code: str = ""
    request_id: str = ""
    object: dict[str, Any] | None = field(default=None, repr=False)  # the intent in the error
    as_of: datetime = field(default_factory=timezone.now)
    as_of_earliest: datetime | None = None
    replayed: bool = False  # the saved answer to an earlier attempt
    retry_after: int | None = None
    may_be_sent_again: bool = True  # while the caller waits; Stripe can forbid it

    def __str__(self) -> str:
        return self.message


class StripeRefusedError(StripeCallError):
    """Stripe's own 402 or 4xx about the request: it was not carried out, and a retry would get the
    same answer."""


class StripeCredentialsError(StripeCallError):
    """401 or 403: our keys are wrong. The request itself may be fine."""


class StripeBusyError(StripeCallError):
    """409, 429, or connection refused: not carried out. Retry with the same key."""


class StripeDownError(StripeBusyError):
    """The call was not made, since Stripe did not answer the calls before it."""


class StripeNoAnswerError(StripeCallError):
    """Time-out, reset, or an answer that is not from Stripe: the call may have been carried out.

    See Note [Stripe's own answer].
    """


class StripeServerError(StripeCallError):
    """5xx: the call may have been carried out, or may be later. The same key replays the 5xx."""

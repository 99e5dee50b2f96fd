"""What comes of a call to Stripe: an answer, or one of the errors that tell what to do next."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone


@dataclass(frozen=True)
class Answer:
    """What Stripe said, when, and the id under which Stripe logged the request.

    The object is as it was at some time from `as_of_earliest` to `as_of`. See Note [Order of news].
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
    object: dict[str, Any] | None = field(default=None, repr=False)  # the intent inside the error
    as_of: datetime = field(default_factory=timezone.now)
    as_of_earliest: datetime | None = None
    replayed: bool = False  # the saved answer of an earlier attempt
    retry_after: int | None = None
    may_be_sent_again: bool = True  # while somebody waits; Stripe can forbid it

    def __str__(self) -> str:
        return self.message


class StripeRefusedError(StripeCallError):
    """Stripe's own 402 or 4xx about the request: it was not carried out, and asking again changes
    nothing."""


class StripeCredentialsError(StripeCallError):
    """401 or 403: our keys are wrong. Nobody's request is to blame."""


class StripeBusyError(StripeCallError):
    """409, 429, or a connection refused: not carried out; ask again with the same key."""


class StripeDownError(StripeBusyError):
    """Stripe did not answer the calls before this one, so that this one was not made."""


class StripeNoAnswerError(StripeCallError):
    """Time-out, reset, or an answer that is not Stripe's own: it may have been carried out.

    See Note [Stripe's own answer].
    """


class StripeServerError(StripeCallError):
    """5xx: it may have been carried out, and may be yet; the same key only replays the 5xx."""

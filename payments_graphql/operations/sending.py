"""Requests that need no record."""

import random
import time
import uuid
from collections.abc import Callable

from .. import deadlines, mirror
from ..conf import conf
from ..stripe_client import (
    Answer,
    StripeBusyError,
    StripeCallError,
    StripeDownError,
    StripeNoAnswerError,
)
from .refusals import explain
from .transactions import refuse_open_transaction
from .waiting import refuse_to_begin, waiting


def send_harmless(call: Callable[[str], Answer], actor: str = "") -> Answer:
    """Sends what harms nobody if it is done twice, or if nobody learns the result.

    `call` gets an idempotency key, and is repeated with it while the caller waits.
    """
    refuse_open_transaction()
    with waiting(actor):
        refuse_to_begin()
        mirror.release_connection()
        patience = min(conf.PAYMENTS_OPERATION_TIMEOUT, deadlines.remaining())
        try:
            return _repeat(call, str(uuid.uuid4()), time.monotonic() + patience)
        except StripeCallError as error:
            raise explain(error) from error


def _repeat(call: Callable[[str], Answer], key: str, deadline: float) -> Answer:
    pause = 0.5
    while True:
        try:
            with deadlines.within(deadline - time.monotonic()):
                return call(key)
        except StripeDownError:
            raise
        except (StripeBusyError, StripeNoAnswerError) as error:
            wait = (error.retry_after or pause) * random.uniform(0.75, 1.25)  # noqa: S311 (spreads load, hides nothing)
            if not error.may_be_sent_again or time.monotonic() + wait >= deadline:
                raise
            time.sleep(wait)
            pause = min(pause * 2, 8)

"""Calls Stripe for an operation that this process has claimed."""

import random
import time

import structlog

from .. import deadlines, mirror
from ..errors import CustomerGoneError, UnaskedRefusedError
from ..logs import get_logger
from ..models import Operation
from ..stripe_client import (
    StripeBusyError,
    StripeCredentialsError,
    StripeDownError,
    StripeNoAnswerError,
    StripeRefusedError,
    StripeServerError,
)
from .kinds import KINDS
from .outcomes import Outcome
from .refusals import explain
from .settling import leave_unknown, leave_unsent, settle_failure, settle_success

logger = get_logger(__name__)


def run(operation: Operation, *, patience: float, may_have_arrived: bool = False) -> Outcome:
    """Sends it, retries with the same key for up to `patience` seconds, and settles the outcome.

    `may_have_arrived`: an earlier run may already have carried it out. See Note [Deadlines].
    """
    kind = KINDS[operation.kind]
    version = kind.get_version(operation)
    patience = min(patience, deadlines.remaining())
    deadline = time.monotonic() + patience
    allowed = deadlines.remaining()  # the first attempt may use all of it
    while True:
        operation.attempts += 1
        mirror.release_connection()
        try:
            with (
                deadlines.within(allowed),
                structlog.contextvars.bound_contextvars(
                    operation_id=str(operation.pk), attempt=operation.attempts
                ),
            ):
                answer = kind.call(operation)
                if answer.replayed:
                    # The saved answer is as old as the first attempt: read the current state.
                    answer = kind.read(answer.object["id"])
            return settle_success(operation, answer, version)
        except StripeRefusedError as error:
            if error.type == "idempotency_error":
                # The key belongs to another request, which says nothing about this one.
                return leave_unknown(operation, error, server_error=True)
            explained = explain(error, operation)
            not_the_callers = isinstance(explained, CustomerGoneError | UnaskedRefusedError)
            return settle_failure(operation, explained, error, version, frees_key=not_the_callers)
        except StripeServerError as error:
            return leave_unknown(operation, error, server_error=True)
        except StripeCredentialsError as error:
            logger.critical("stripe_refuses_our_keys", status=error.status, code=error.code)
            return leave_unsent(operation, error, may_have_arrived)
        except StripeDownError as error:
            return leave_unsent(operation, error, may_have_arrived)
        except (StripeBusyError, StripeNoAnswerError) as error:
            # A 5xx that asks for a retry may still have taken effect.
            may_have_arrived |= isinstance(error, StripeNoAnswerError) or (error.status or 0) >= 500
            pause = error.retry_after or min(0.5 * 2 ** (operation.attempts - 1), 8)
            pause *= random.uniform(0.75, 1.25)  # noqa: S311 (spreads load, hides nothing)
            if error.may_be_sent_again and time.monotonic() + pause < deadline:
                time.sleep(pause)
                allowed = deadline - time.monotonic()
                continue
            return leave_unsent(operation, error, may_have_arrived)

"""Our lists of Stripe's values match the installed SDK: a new value in a new SDK fails here."""

import inspect
import re
from collections.abc import Iterable

import pytest
import stripe

from payments_graphql import declines, dispute_advice
from payments_graphql.admin import payout_words
from payments_graphql.dispute_evidence import EVIDENCE
from payments_graphql.models import (
    CaptureMethod,
    DisputeStatus,
    PaymentIntentStatus,
    RefundReason,
    RefundStatus,
    SetupIntentStatus,
    SetupIntentUsage,
)
from payments_graphql.services.payment_intents import CANCELLATION_REASONS
from payments_graphql.stripe_client import API_VERSION

_WORD = re.compile(r"'([a-z_]+)'")
# The reason of Stripe's own refunds. Nobody can request it.
_STRIPES_OWN_REASONS = {"expired_uncaptured_charge"}
# Given in Stripe's dashboard.
_UNSUPPORTED_EVIDENCE = {"appeal", "enhanced_evidence"}


def _typed(owner: type, attribute: str) -> set[str]:
    """The values in a `Literal`, even if the annotation is still text."""
    return set(_WORD.findall(str(owner.__annotations__[attribute])))


def _documented(owner: type, attribute: str) -> set[str]:
    """If the SDK has only `str`: the values in backticks in the attribute's docstring."""
    found = re.search(
        rf'\n    {attribute}: [^\n]+\n    """\n(.*?)"""', inspect.getsource(owner), re.DOTALL
    )
    assert found, f"{owner.__name__}.{attribute} is not documented any more"
    return set(re.findall(r"`([a-z_]+)`", found[1]))


_LISTS = {
    "PaymentIntentStatus": (
        PaymentIntentStatus.values,
        _typed(stripe.PaymentIntent, "status"),
    ),
    "CaptureMethod": (CaptureMethod.values, _typed(stripe.PaymentIntent, "capture_method")),
    "SetupIntentStatus": (SetupIntentStatus.values, _typed(stripe.SetupIntent, "status")),
    "SetupIntentUsage": (SetupIntentUsage.values, _documented(stripe.SetupIntent, "usage")),
    "RefundStatus": (RefundStatus.values, _documented(stripe.Refund, "status")),
    "RefundReason": (
        RefundReason.values,
        _typed(stripe.Refund, "reason") - _STRIPES_OWN_REASONS,
    ),
    "RefundReason, to ask for": (
        RefundReason.values,
        _typed(stripe.params.RefundCreateParams, "reason"),
    ),
    "DisputeStatus": (DisputeStatus.values, _typed(stripe.Dispute, "status")),
    "dispute_advice.REASONS": (
        dispute_advice.REASONS,
        _documented(stripe.Dispute, "reason"),
    ),
    "dispute_evidence.EVIDENCE": (
        EVIDENCE,
        set(stripe.params.DisputeUpdateParamsEvidence.__annotations__) - _UNSUPPORTED_EVIDENCE,
    ),
    "CANCELLATION_REASONS": (
        CANCELLATION_REASONS,
        _typed(stripe.params.PaymentIntentCancelParams, "cancellation_reason"),
    ),
    "payout_words.STATUSES": (payout_words.STATUSES, _documented(stripe.Payout, "status")),
    "declines.ADVICE_CODES": (
        declines.ADVICE_CODES,
        _typed(stripe.Charge.Outcome, "advice_code"),
    ),
}


@pytest.mark.parametrize("name", _LISTS)
def test_a_list_has_the_sdks_words(name: str) -> None:
    ours: Iterable[str]
    ours, theirs = _LISTS[name]
    known = set(ours) - {"unknown"}
    assert theirs, "the SDK changed its type: read it again"
    missing, gone = sorted(theirs - known), sorted(known - theirs)
    assert not missing, f"add to {name}, with its description in schema/types/: {missing}"
    assert not gone, f"{name} has what stripe {stripe.VERSION} does not know: {gone}"


def test_a_word_that_is_missing_is_named() -> None:
    class Newer:
        status: str

    Newer.__annotations__["status"] = "Union[Literal['won', 'needs_a_poem'], str]"
    assert _typed(Newer, "status") - set(DisputeStatus.values) == {"needs_a_poem"}


def test_each_status_of_a_dispute_is_of_one_group() -> None:
    """A new status must be classified: whether it is open, waits for us, or has taken money."""
    closed, waiting = set(DisputeStatus.closed()), set(DisputeStatus.awaiting_response())
    under_review = {status for status in DisputeStatus if status.endswith("_review")}
    groups = [closed, waiting, under_review, {DisputeStatus.UNKNOWN}]
    assert sum(map(len, groups)) == len(DisputeStatus)
    assert set().union(*groups) == set(DisputeStatus)
    assert {*DisputeStatus.inquiries()} == {one for one in DisputeStatus if "warning" in one}


def test_the_version_of_the_api_is_the_sdks() -> None:
    """Ours is written explicitly. If the SDK has another one, read what changed, then update."""
    assert stripe.api_version == API_VERSION

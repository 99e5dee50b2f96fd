"""Our lists of Stripe's words are those of the SDK in use: a new SDK with a new word fails here."""

import inspect
import re
from collections.abc import Iterable

import pytest
import stripe

from payments_graphql import declines
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
# What a refund of Stripe's own has as its reason; nobody can ask for it.
_STRIPES_OWN_REASONS = {"expired_uncaptured_charge"}


def _typed(owner: type, attribute: str) -> set[str]:
    """The words in a `Literal`, also where the annotation is a text still."""
    return set(_WORD.findall(str(owner.__annotations__[attribute])))


def _documented(owner: type, attribute: str) -> set[str]:
    """Where the SDK has only `str`: the words in backticks of the text below the attribute."""
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
    "CANCELLATION_REASONS": (
        CANCELLATION_REASONS,
        _typed(stripe.params.PaymentIntentCancelParams, "cancellation_reason"),
    ),
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
    assert theirs, "the SDK types it otherwise now: read it anew"
    missing, gone = sorted(theirs - known), sorted(known - theirs)
    assert not missing, f"add to {name}, with its description in schema/types/: {missing}"
    assert not gone, f"{name} has what stripe {stripe.VERSION} does not know: {gone}"


def test_a_word_that_is_missing_is_named() -> None:
    class Newer:
        status: str

    Newer.__annotations__["status"] = "Union[Literal['won', 'needs_a_poem'], str]"
    assert _typed(Newer, "status") - set(DisputeStatus.values) == {"needs_a_poem"}


def test_each_status_of_a_dispute_is_of_one_group() -> None:
    """A new one is to be sorted in: whether it is open, waits for us, or has taken money."""
    closed, waiting = set(DisputeStatus.closed()), set(DisputeStatus.awaiting_response())
    under_review = {status for status in DisputeStatus if status.endswith("_review")}
    groups = [closed, waiting, under_review, {DisputeStatus.UNKNOWN}]
    assert sum(map(len, groups)) == len(DisputeStatus)
    assert set().union(*groups) == set(DisputeStatus)
    assert {*DisputeStatus.inquiries()} == {one for one in DisputeStatus if "warning" in one}


def test_the_version_of_the_api_is_the_sdks() -> None:
    """Ours is written out. Another one of the SDK's means: read what changed, then follow."""
    assert stripe.api_version == API_VERSION

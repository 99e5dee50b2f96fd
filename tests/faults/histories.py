"""The recorded changes: a chain for each object, and a signal for each change that has one."""

from collections import defaultdict
from collections.abc import Mapping

from payments_graphql import signals
from payments_graphql.mirror import outbox
from payments_graphql.models import (
    DisputeStatus,
    MirroredModel,
    PaymentIntentStatus,
    StatusChange,
    StripeDispute,
    StripeRefund,
)


def assert_histories_hold(heard: Mapping[int, list[str]]) -> None:
    """`heard`: the names of the received signals, by the change's id."""
    histories: dict[MirroredModel, list[StatusChange]] = defaultdict(list)
    changes = StatusChange.objects.select_related(
        "payment_intent", "refund", "dispute", "setup_intent"
    ).order_by("pk")
    for change in changes:
        subject = change.refund or change.dispute or change.setup_intent or change.payment_intent
        assert subject is not None
        histories[subject].append(change)
        assert change.signaled_at is not None, f"{subject}: {change} was told to nobody"
        for signal in outbox._choose(change):
            name = next(name for name, one in vars(signals).items() if one is signal)
            assert name in heard.get(change.pk, []), f"{subject}: {name} of {change} was not heard"
    for subject, history in histories.items():
        _assert_chain(subject, history)


def _assert_chain(subject: MirroredModel, history: list[StatusChange]) -> None:
    shown = f"{subject}: " + ", ".join(f"{one} {one.failure_code}" for one in history)
    before = ""
    for change in history:
        assert change.from_status == before, f"not a chain: {shown}"
        if change.is_reminder:
            continue
        assert change.to_status != before or change.failure_code, f"a repeat: {shown}"
        assert before not in PaymentIntentStatus.terminal() or change.refund_id, (
            f"the end was not the end: {shown}"
        )
        before = change.to_status
    assert before == subject.status, f"not where the row is: {shown}"
    states = [one.to_status for one in history if not one.is_reminder]
    was_reopened = any(state in DisputeStatus.closed() for state in states[:-1])
    if isinstance(subject, StripeRefund | StripeDispute) and not was_reopened:
        assert len(states) == len(set(states)), f"a state was left and came back: {shown}"

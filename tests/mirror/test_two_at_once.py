"""An event and the settling of the same operation at the same time: one row, and no errors."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from payments_graphql import mirror
from payments_graphql.mirror import Source
from payments_graphql.mirror.rows import parse_timestamp
from payments_graphql.models import (
    CauseKind,
    Operation,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeSetupIntent,
)
from tests.faulty_stripe import faulty_stripe
from tests.threads import wait_until_somebody_waits_for_a_row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event_first(sandbox, settings, service, alice, events):
    """The object's own event is applied between Stripe's answer and settling, and commits only once
    settling waits for it."""
    assert service.get_or_create_customer(alice)["success"]
    failures = []

    def apply(event_type: str, apply_object, applied: threading.Event) -> None:
        try:
            (event,) = events(event_type)
            source = Source(
                CauseKind.EVENT, event["id"], parse_timestamp(event["created"]), is_creation=True
            )
            with transaction.atomic():
                apply_object(event["data"]["object"], source)
                applied.set()
                wait_until_somebody_waits_for_a_row()
        except Exception as error:
            failures.append(error)
        finally:
            applied.set()
            connection.close()

    threads = []
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url

        def event_first(event_type: str, apply_object) -> None:
            def before_answer() -> None:
                link.before_answer = None
                applied = threading.Event()
                arguments = (event_type, apply_object, applied)
                threads.append(threading.Thread(target=apply, args=arguments))
                threads[-1].start()
                assert applied.wait(20)

            link.before_answer = before_answer

        yield event_first
    for thread in threads:
        thread.join(30)
    assert not failures
    assert threads


def test_a_payment_and_its_created_event(event_first, service, alice):
    event_first("payment_intent.created", mirror.apply_payment_intent)

    result = service.create_payment_intent(user=alice, amount=10, currency="USD")

    assert result["success"], result
    assert StripePaymentIntent.objects.get() == result["payment_intent"]
    assert Operation.objects.get(kind="create_payment_intent").state == "succeeded"


def test_a_setup_intent_and_its_created_event(event_first, service, alice):
    event_first("setup_intent.created", mirror.apply_setup_intent)

    result = service.create_setup_intent(user=alice)

    assert result["success"], result
    assert StripeSetupIntent.objects.get() == result["setup_intent"]
    assert Operation.objects.get(kind="create_setup_intent").state == "succeeded"


def test_a_customer_who_is_deleted_while_news_of_a_card_waits(service, alice, dashboard, events):
    customer = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.payment_methods.attach("pm_card_visa", {"customer": customer.stripe_customer_id})
    (attached,) = events("payment_method.attached")
    card, at = attached["data"]["object"], parse_timestamp(attached["created"])
    with transaction.atomic():
        mirror.apply_payment_method(card, Source(CauseKind.EVENT, "evt_1", at))
    expires_later = {**card, "card": {**card["card"], "exp_year": 2044}}

    def hear_of_the_card() -> None:
        with transaction.atomic():
            later = at + timedelta(minutes=1)
            mirror.apply_payment_method(expires_later, Source(CauseKind.EVENT, "evt_2", later))
        connection.close()

    waiting = threading.Thread(target=hear_of_the_card)
    with transaction.atomic():
        gone = {"id": customer.stripe_customer_id, "deleted": True}
        mirror.apply_customer(gone, Source(CauseKind.EVENT, "evt_3", at + timedelta(minutes=2)))
        waiting.start()
        wait_until_somebody_waits_for_a_row()
    waiting.join()

    assert not StripePaymentMethod.objects.get().is_attached


@pytest.mark.parametrize("is_deletion_first", [True, False])
def test_a_card_that_is_first_heard_of_while_its_customer_is_deleted(
    service, alice, dashboard, events, is_deletion_first
):
    customer = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.payment_methods.attach("pm_card_visa", {"customer": customer.stripe_customer_id})
    (attached,) = events("payment_method.attached")
    at = parse_timestamp(attached["created"])
    gone = {"id": customer.stripe_customer_id, "deleted": True}
    news = [
        lambda: mirror.apply_customer(gone, Source(CauseKind.EVENT, "evt_1", at + timedelta(1))),
        lambda: mirror.apply_payment_method(
            attached["data"]["object"], Source(CauseKind.EVENT, "evt_2", at)
        ),
    ]
    if not is_deletion_first:
        news.reverse()
    failures = []

    def hear_of_the_second() -> None:
        try:
            with transaction.atomic():
                news[1]()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    waiting = threading.Thread(target=hear_of_the_second)
    with transaction.atomic():
        news[0]()
        waiting.start()
        wait_until_somebody_waits_for_a_row()
    waiting.join()

    assert not failures
    assert not StripePaymentMethod.objects.get().is_attached

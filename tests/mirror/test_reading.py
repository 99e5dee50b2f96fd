"""Objects are read from Stripe together with the objects that belong to them."""

from types import SimpleNamespace

from payments_graphql import mirror, stripe_client
from payments_graphql.models import StripeCustomer, StripeRefund
from payments_graphql.stripe_client import StripeCredentialsError


def test_a_list_is_read_page_by_page(db):
    pages = {
        None: {"data": [{"id": "re_1"}, {"id": "re_2"}], "has_more": True},
        "re_2": {"data": [{"id": "re_3"}], "has_more": False},
    }
    asked = []

    def fetch(parameters):
        asked.append(parameters)
        return SimpleNamespace(object=pages[parameters.get("starting_after")])

    read = list(mirror.iterate_list(fetch, {"payment_intent": "pi_1"}))

    assert [item["id"] for item, _ in read] == ["re_1", "re_2", "re_3"]
    assert [answer.object for _, answer in read] == [pages[None], pages[None], pages["re_2"]]
    assert asked == [
        {"limit": 100, "payment_intent": "pi_1"},
        {"limit": 100, "payment_intent": "pi_1", "starting_after": "re_2"},
    ]


def test_a_payment_is_read_with_its_own_refunds(alice, pay, dashboard):
    first, second = pay(alice), pay(alice)
    for intent in (first, second):
        stripe_id = intent.stripe_payment_intent_id
        dashboard.v1.refunds.create({"payment_intent": stripe_id, "amount": 100})
        dashboard.v1.refunds.create({"payment_intent": stripe_id, "amount": 200})

    mirror.fetch_and_apply("payment_intent", first.stripe_payment_intent_id)

    refunds = StripeRefund.objects.order_by("amount")
    assert [(one.payment_intent, one.amount) for one in refunds] == [(first, 100), (first, 200)]


def test_a_customer_is_read_with_the_default_card(service, alice, dashboard):
    customer = service.get_or_create_customer(alice)["customer"]
    stripe_id = customer.stripe_customer_id
    card = dashboard.v1.payment_methods.attach("pm_card_visa", {"customer": stripe_id})
    dashboard.v1.customers.update(
        stripe_id, {"invoice_settings": {"default_payment_method": card.id}}
    )

    mirror.fetch_and_apply("customer", stripe_id)

    customer.refresh_from_db()
    assert customer.default_payment_method.stripe_payment_method_id == card.id
    assert customer.default_payment_method.is_attached


def test_a_missing_customer_is_released_even_with_a_restricted_key(service, alice, monkeypatch):
    """Such a key may not read its own account, so the setting is used."""
    customer = service.get_or_create_customer(alice)["customer"]
    StripeCustomer.objects.update(stripe_customer_id="cus_gone")

    def refuse():
        raise StripeCredentialsError("No.", status=403)

    monkeypatch.setattr(stripe_client, "retrieve_account", refuse)

    mirror.fetch_and_apply("customer", "cus_gone")

    customer.refresh_from_db()
    assert customer.deleted_at is not None

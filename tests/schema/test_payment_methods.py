import pytest

QUERY = "{ paymentMethods { stripePaymentMethodId brand last4 isDefault isExpired } }"
SELECTION = "paymentMethod { id isDefault isAttached }"


@pytest.fixture
def saved(alice, pay):
    return pay(alice, save_payment_method=True).payment_method


@pytest.fixture
def change(global_id):
    def change(client, mutation, method):
        given = {"paymentMethodId": global_id("PaymentMethod", method.pk)}
        return client.mutate(mutation, given, SELECTION)

    return change


def test_saved_cards_are_listed(as_alice, saved):
    [method] = as_alice.ask(QUERY)["paymentMethods"]

    assert method["stripePaymentMethodId"] == saved.stripe_payment_method_id
    assert (method["brand"], method["last4"]) == ("visa", "4242")
    assert (method["isDefault"], method["isExpired"]) == (False, False)


def test_a_card_that_was_only_used_is_not_listed(as_alice, alice, pay):
    pay(alice)
    assert as_alice.ask(QUERY)["paymentMethods"] == []


def test_another_persons_cards_are_not_listed(as_bob, saved):
    assert as_bob.ask(QUERY)["paymentMethods"] == []


def test_a_saved_card_becomes_the_default(as_alice, saved, change):
    payload = change(as_alice, "setDefaultPaymentMethod", saved)

    assert payload["errors"] == []
    assert payload["paymentMethod"]["isDefault"] is True
    me = as_alice.ask("{ me { defaultPaymentMethod { last4 isDefault } } }")["me"]
    assert me["defaultPaymentMethod"] == {"last4": "4242", "isDefault": True}


def test_both_payloads_show_the_customer_with_the_default(as_alice, alice, saved, global_id):
    its_id = global_id("PaymentMethod", saved.pk)
    selection = "paymentMethod { id isDefault } customer { id defaultPaymentMethod { id } }"

    def ask(mutation):
        payload = as_alice.mutate(mutation, {"paymentMethodId": its_id}, selection)
        assert payload["errors"] == []
        assert payload["customer"]["id"] == global_id("Customer", alice.pk)
        return payload["customer"]["defaultPaymentMethod"]

    assert ask("setDefaultPaymentMethod") == {"id": its_id}
    assert ask("detachPaymentMethod") is None


def test_a_detached_card_is_gone(as_alice, saved, change):
    payload = change(as_alice, "detachPaymentMethod", saved)

    assert payload["errors"] == []
    assert payload["paymentMethod"]["isAttached"] is False
    assert as_alice.ask(QUERY)["paymentMethods"] == []


@pytest.mark.parametrize("mutation", ["setDefaultPaymentMethod", "detachPaymentMethod"])
def test_a_detached_card_cannot_be_changed(as_alice, saved, change, mutation):
    change(as_alice, "detachPaymentMethod", saved)
    payload = change(as_alice, mutation, saved)

    assert payload["errors"][0]["currentStatus"] == "DETACHED"
    assert payload["errors"][0]["path"] == ["input", "paymentMethodId"]


@pytest.mark.parametrize("mutation", ["setDefaultPaymentMethod", "detachPaymentMethod"])
def test_another_persons_card_is_as_if_it_did_not_exist(as_bob, saved, change, mutation):
    payload = change(as_bob, mutation, saved)

    assert payload["paymentMethod"] is None
    assert payload["errors"][0]["__typename"] == "NotFoundError"
    saved.refresh_from_db()
    assert saved.is_attached

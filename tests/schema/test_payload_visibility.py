"""Seeing another person's object in a mutation's payload requires the permissions to view it."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from graphql import get_named_type, is_composite_type

from payments_graphql.models import Operation
from payments_graphql.sandbox.resources import refunds as sandbox_refunds
from tests.schema.conftest import GraphQLClient
from tests.schema.rows import make_requests
from tests.schema.selecting import ONLY_STRIPE_KNOWS, SDL, select

NEEDED = {
    "PaymentIntent": "__typename id status version amount currency availableActions { action }",
    "Refund": "__typename id status amount currency",
    "RefundRequest": "__typename id state amount currency",
    "Dispute": "__typename id status amount currency evidenceDueBy hasEvidence submissionCount "
    "isClosed",
}
"""The permissions to act on it."""
OF_ONES_OWN = {
    "createPaymentIntent",
    "createSetupIntent",
    "setDefaultPaymentMethod",
    "detachPaymentMethod",
}
"""Nobody does these for another person."""


@pytest.fixture
def rita(db):
    """She may do everything for customers, but view nothing."""
    user = get_user_model().objects.create_user("rita", is_staff=True)
    ours = Permission.objects.filter(content_type__app_label="payments_graphql")
    user.user_permissions.set(ours.exclude(codename__startswith="view_"))
    return user


@pytest.fixture
def allow(rita):
    def allow(*models):
        names = [f"view_{model}" for model in models]
        rita.user_permissions.add(*Permission.objects.filter(codename__in=names))

    return allow


class Acts:
    """What staff do with Alice's objects: the input, by mutation."""

    def __init__(self, alice, sue, pay, service, global_id, monkeypatch, open_dispute):
        self.sue = sue
        self.alice, self.pay, self.service, self.global_id = alice, pay, service, global_id
        self.monkeypatch, self.open_dispute = monkeypatch, open_dispute

    def prepare(self, mutation):
        return getattr(self, re.sub("([A-Z])", r"_\1", mutation).lower())()

    def _intent(self, intent):
        return {"paymentIntentId": self.global_id("PaymentIntent", intent.pk)}

    def _open(self):
        created = self.service.create_payment_intent(user=self.alice, amount=10, currency="USD")
        return created["payment_intent"]

    def update_payment_intent(self):
        return {**self._intent(self._open()), "description": "Lisbon"}

    def cancel_payment_intent(self):
        return self._intent(self._open())

    def confirm_payment_intent(self):
        method = self.pay(self.alice, save_payment_method=True).payment_method
        given = {"paymentMethodId": self.global_id("PaymentMethod", method.pk), "offSession": True}
        return {**self._intent(self._open()), **given}

    def capture_payment_intent(self):
        return self._intent(self.pay(self.alice, capture_method="manual"))

    def create_refund(self):
        return {**self._intent(self.pay(self.alice)), "idempotencyKey": "key-1", "amount": "1.00"}

    def cancel_refund(self):
        self.monkeypatch.setattr(sandbox_refunds, "SETTLING_TIME", 3600)
        paid = self.pay(self.alice, method="pm_card_refundRequiresAction")
        refund = self.service.create_refund(paid, amount="10.00")["refund"]
        return {"refundId": self.global_id("Refund", refund.pk)}

    def approve_refund(self):
        """Sue asked for it."""
        [request] = make_requests(self.pay(self.alice), self.sue, amount=500)
        return {"refundRequestId": self.global_id("RefundRequest", request.pk)}

    reject_refund = approve_refund

    def accept_dispute(self):
        return {"disputeId": self.global_id("Dispute", self.open_dispute(self.alice).pk)}

    def submit_dispute_evidence(self):
        evidence = [{"name": "UNCATEGORIZED_TEXT", "value": "She was there."}]
        return {**self.accept_dispute(), "evidence": evidence}


ACTS = [name for name in SDL.mutation_type.fields if name not in OF_ONES_OWN]
every_act = pytest.mark.parametrize("mutation", ACTS)


@pytest.fixture
def acts(alice, sue, pay, service, global_id, monkeypatch, open_dispute):
    return Acts(alice, sue, pay, service, global_id, monkeypatch, open_dispute)


def list_objects(mutation):
    """The fields of its payload with an object that has an id, and the object's type."""
    payload = get_named_type(SDL.mutation_type.fields[mutation].type)
    for name, field in payload.fields.items():
        type_name = get_named_type(field.type).name
        if type_name in NEEDED:
            yield name, type_name


def list_made(mutation):
    """The fields that are not null: no second person must approve the refund."""
    names = [field for field, _ in list_objects(mutation)]
    return [name for name in names if (mutation, name) != ("createRefund", "refundRequest")]


def list_fields(type_name):
    for name, field in SDL.type_map[type_name].fields.items():
        is_composite = is_composite_type(get_named_type(field.type))
        yield name, f"{name} {{ __typename }}" if is_composite else name


def assert_refused(payload, permission="payments_graphql.view_stripepaymentintent"):
    (error,) = payload["errors"]
    assert (error["__typename"], error["code"]) == ("PermissionError", "PERMISSION_DENIED")
    assert f'"{permission}"' in error["message"]
    assert error["retryable"] is False
    shown = {name: value for name, value in payload.items() if name not in ("errors", "replayed")}
    assert not any(shown.values()), shown


@every_act
def test_nothing_else_is_shown_of_it_and_nothing_is_done(acts, rita, sandbox, mutation):
    given = acts.prepare(mutation)
    client = GraphQLClient(rita)
    asked, recorded = len(sandbox.requests()), Operation.objects.count()
    tried = 0
    for field, type_name in list_objects(mutation):
        for name, selection in list_fields(type_name):
            if name not in NEEDED[type_name].split():
                assert_refused(client.mutate(mutation, given, f"{field} {{ {selection} }}"))
                tried += 1
    assert tried > 5
    assert len(sandbox.requests()) == asked
    assert Operation.objects.count() == recorded


@every_act
def test_what_is_needed_to_act_is_shown(acts, rita, mutation):
    given = acts.prepare(mutation)
    selection = " ".join(
        f"{field} {{ {NEEDED[type_name]} }}" for field, type_name in list_objects(mutation)
    )

    payload = GraphQLClient(rita).mutate(mutation, given, selection)

    assert payload["errors"] == []
    for field in list_made(mutation):
        assert payload[field]["id"]
        assert payload[field]["amount"]


@every_act
def test_who_may_view_everything_sees_everything(acts, as_sam, mutation):
    given = acts.prepare(mutation)
    selection = " ".join(
        f"{field} {{ {select(type_name, 2)} }}" for field, type_name in list_objects(mutation)
    )
    payload = as_sam.mutate(mutation, given, selection)
    assert payload["errors"] == []
    assert all(payload[field] for field in list_made(mutation))


@pytest.mark.parametrize(
    ("inner", "model"),
    [
        ("refunds { id }", "striperefund"),
        ("disputes { id }", "stripedispute"),
        ("paymentMethod { last4 }", "stripepaymentmethod"),
        ("booking { reference }", "booking"),
        ("history { toStatus }", "statuschange"),
    ],
)
def test_what_is_inside_takes_its_own_permission(acts, rita, allow, inner, model):
    allow("stripepaymentintent")
    given = acts.update_payment_intent()
    selection = f"paymentIntent {{ username receiptEmail {inner} }}"
    payload = GraphQLClient(rita).mutate("updatePaymentIntent", given, selection)
    assert_refused(payload, f"payments_graphql.view_{model}")

    allow(model)
    again = GraphQLClient(get_fresh(rita)).mutate("updatePaymentIntent", given, selection)
    assert again["errors"] == []
    assert again["paymentIntent"]["username"] == "alice"


def get_fresh(user):
    """Without the permissions that Django caches."""
    return type(user).objects.get(pk=user.pk)


@pytest.mark.parametrize(
    "selection",
    [
        "paymentIntent { ... on PaymentIntent { username } }",
        "paymentIntent { ... on Node { id ... on PaymentIntent { username } } }",
        "paymentIntent { id } again: paymentIntent { who: username }",
        "... on UpdatePaymentIntentPayload { paymentIntent { username } }",
        "paymentIntent { ... @include(if: true) { username } }",
    ],
)
def test_no_way_to_write_it_gets_around_that(acts, rita, selection):
    given = acts.update_payment_intent()
    assert_refused(GraphQLClient(rita).mutate("updatePaymentIntent", given, selection))


def test_a_named_fragment_gets_nobody_around_that(acts, rita):
    document = """
        fragment Who on PaymentIntent { username }
        mutation($input: UpdatePaymentIntentInput!) {
          updatePaymentIntent(input: $input) {
            paymentIntent { ...Who } errors { __typename code message retryable }
          }
        }"""
    answer = GraphQLClient(rita).ask(document, input=acts.update_payment_intent())
    assert_refused(answer["updatePaymentIntent"])


def test_an_owner_needs_no_permission(as_alice, acts):
    payload = as_alice.mutate(
        "updatePaymentIntent",
        acts.update_payment_intent(),
        f"paymentIntent {{ {select('PaymentIntent', 2)} }}",
    )
    assert payload["errors"] == []
    assert payload["paymentIntent"]["username"] == "alice"


def test_the_payload_has_no_secret_for_staff(as_sam, acts):
    given = acts.update_payment_intent()
    payload = as_sam.mutate(
        "updatePaymentIntent", given, "paymentIntent { clientSecret nextAction { type } }"
    )
    assert set(payload["paymentIntent"]) == ONLY_STRIPE_KNOWS
    assert not any(payload["paymentIntent"].values())

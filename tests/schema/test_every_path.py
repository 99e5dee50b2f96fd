"""Two owners whose rows refer to each other wherever a row can: whatever Alice asks, on every path
from each type to each other, she sees nothing of Bob's."""

import pytest
from graphql import GraphQLInterfaceType, get_named_type, is_composite_type, is_required_argument

from payments_graphql.models import (
    Booking,
    Operation,
    RefundRequest,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)
from payments_graphql.operations import actor_of
from schema.engine.nodes import decode_id

from .rows import make_changes, make_requests
from .selecting import ONLY_STRIPE_KNOWS, SDL

pytestmark = pytest.mark.any_database

WRAPPERS = ("Connection", "Edge")


@pytest.fixture(autouse=True)
def no_limits(settings):
    for name in ("TOKENS", "DEPTH", "FIELDS", "COST", "BODY", "REPEATS", "ALIASES"):
        setattr(settings, f"PAYMENTS_GRAPHQL_MAX_{name}", 10**7)


def select(type_name, passed=()):
    """All scalars, and every path onward: through each type once, and one step more into any."""
    type_ = SDL.type_map[type_name]
    if isinstance(type_, GraphQLInterfaceType) and type_name != "Node":
        return " ".join(type_.fields)
    fields, here = [], (*passed, type_name)
    for name, field in type_.fields.items():
        if name in ONLY_STRIPE_KNOWS or any(map(is_required_argument, field.args.values())):
            continue
        inner = get_named_type(field.type).name
        if not is_composite_type(get_named_type(field.type)):
            fields.append(name)
        elif inner.endswith(WRAPPERS):
            fields.append(f"{name} {{ {select(inner, passed)} }}")
        elif len(set(here)) == len(here):
            fields.append(f"{name} {{ {select(inner, here)} }}")
    return " ".join(fields) or "__typename"


def list_paths(type_name, passed=()):
    """The chains of types that `select` follows."""
    here = (*passed, type_name)
    yield here
    if len(set(here)) < len(here) or isinstance(SDL.type_map[type_name], GraphQLInterfaceType):
        return
    for field in SDL.type_map[type_name].fields.values():
        inner = get_named_type(field.type)
        if is_composite_type(inner) and not inner.name.endswith(WRAPPERS):
            yield from list_paths(inner.name, here)


class Owned:
    """One row of each type, with the owner's name in every text."""

    def __init__(self, user):
        name = user.username
        self.user = user
        self.customer = StripeCustomer.objects.create(user=user, stripe_customer_id=f"cus_{name}")
        self.method = StripePaymentMethod.objects.create(
            customer=self.customer,
            stripe_payment_method_id=f"pm_{name}",
            brand=f"of {name}",
            is_attached=True,
        )
        self.booking = Booking.objects.create(
            reference=f"B-{name}", user=user, description=f"of {name}", amount=9, currency="USD"
        )
        self.intent = self.make_intent("own", booking=self.booking, payment_method=self.method)
        self.refund = StripeRefund.objects.create(
            payment_intent=self.intent,
            stripe_refund_id=f"re_{name}",
            amount=1,
            currency="USD",
            description=f"of {name}",
        )
        [self.request] = make_requests(
            self.intent, user, refund=self.refund, state="approved", description=f"of {name}"
        )
        self.dispute = StripeDispute.objects.create(
            payment_intent=self.intent,
            stripe_dispute_id=f"du_{name}",
            amount=1,
            currency="USD",
            status="won",
        )
        self.setup = StripeSetupIntent.objects.create(
            customer=self.customer,
            stripe_setup_intent_id=f"seti_{name}",
            payment_method=self.method,
        )
        make_changes(payment_intent=self.intent)
        make_changes(payment_intent=self.intent, refund=self.refund)
        make_changes(payment_intent=self.intent, dispute=self.dispute)
        make_changes(setup_intent=self.setup)

    def make_intent(self, mark, **values):
        return StripePaymentIntent.objects.create(
            customer=self.customer,
            stripe_payment_intent_id=f"pi_{self.user.username}_{mark}",
            amount=9,
            amount_received=9,
            currency="USD",
            status="succeeded",
            description=f"of {self.user.username}",
            metadata={"of": self.user.username},
            receipt_email=self.user.email,
            **values,
        )

    def tie_to(self, other):
        """Makes each relation refer to the other owner's row, if the column allows it."""
        self.make_intent("for other", booking=other.booking, payment_method=other.method)
        StripeSetupIntent.objects.create(
            customer=self.customer,
            stripe_setup_intent_id=f"seti_{self.user.username}_2",
            payment_method=other.method,
        )
        make_changes(payment_intent=self.intent, refund=other.refund)
        make_requests(other.intent, self.user, description=f"of {self.user.username}")
        make_changes(payment_intent=self.intent, dispute=other.dispute)
        self.customer.default_payment_method = other.method
        self.customer.save()
        for field in ("payment_intent", "refund", "setup_intent", "dispute"):
            row = {"payment_intent": other.intent, "setup_intent": other.setup}
            Operation.objects.create(
                actor=actor_of(self.user),
                key=f"about {field}",
                kind="create_refund",
                **{field: row.get(field) or getattr(other, field)},
            )

    def list_ids(self, global_id):
        setups = StripeSetupIntent.objects.filter(customer=self.customer)
        intents = StripePaymentIntent.objects.filter(customer=self.customer)
        return [
            global_id("Customer", self.user.pk),
            *(global_id("PaymentIntent", pk) for pk in intents.values_list("pk", flat=True)),
            *(global_id("SetupIntent", pk) for pk in setups.values_list("pk", flat=True)),
            global_id("PaymentMethod", self.method.pk),
            global_id("Booking", self.booking.pk),
            global_id("Refund", self.refund.pk),
            global_id("Dispute", self.dispute.pk),
            global_id("RefundRequest", self.request.pk),
        ]


@pytest.fixture
def of_alice(alice):
    return Owned(alice)


@pytest.fixture
def of_bob(bob, of_alice):
    of_bob = Owned(bob)
    of_alice.tie_to(of_bob)
    of_bob.tie_to(of_alice)
    return of_bob


def list_questions(ids, *, scope=""):
    """Every field of the root, for each of `ids`."""
    lists = {
        "paymentIntents": "PaymentIntent",
        "refunds": "Refund",
        "refundRequests": "RefundRequest",
        "disputes": "Dispute",
        "bookings": "Booking",
    }
    at = f"({scope})" if scope else ""
    for name, type_name in lists.items():
        yield f"{{ {name}{at} {{ edges {{ node {{ {select(type_name)} }} }} }} }}"
    if not scope:
        yield f"{{ me {{ {select('Customer')} }} paymentMethods {{ {select('PaymentMethod')} }} }}"
        for field in ("payment_intent", "refund", "setup_intent", "dispute"):
            asked = f'operation(idempotencyKey: "about {field}")'
            yield f"{{ {asked} {{ {select('Operation')} }} }}"
    for its_id in ids:
        given, type_name = f'id: "{its_id}" {scope}', decode_id(its_id)[0]
        inner = f"{{ id ... on {type_name} {{ {select(type_name)} }} }}"
        yield f'{{ node(id: "{its_id}") {inner} nodes(ids: ["{its_id}"]) {inner} }}'
        by = f'by: {{id: "{its_id}"}} {scope}'
        yield f"{{ paymentIntent({by}) {{ {select('PaymentIntent')} }} }}"
        yield f"{{ booking({given}) {{ {select('Booking')} }} }}"
        yield f"{{ setupIntent({given}) {{ {select('SetupIntent')} }} }}"


def test_the_walk_passes_the_ways_that_led_to_others():
    paths = {
        path
        for name in ("Booking", "PaymentIntent", "Refund", "Dispute", "SetupIntent", "Operation")
        for path in list_paths(name)
    }
    assert ("Booking", "PaymentIntent", "Booking") in paths
    assert ("PaymentIntent", "Booking", "PaymentIntent") in paths
    assert ("Refund", "PaymentIntent", "Booking", "PaymentIntent") in paths
    assert ("Refund", "PaymentIntent", "Customer", "PaymentMethod") in paths
    assert ("Booking", "PaymentIntent", "Customer") in paths
    assert ("PaymentIntent", "Booking", "Customer") in paths
    assert ("Operation", "Dispute", "StatusChange", "Refund", "PaymentIntent", "Booking") in paths
    assert len(paths) > 100


def test_no_way_leads_to_what_is_anothers(as_alice, of_alice, of_bob, global_id):
    ids = [*of_alice.list_ids(global_id), *of_bob.list_ids(global_id)]
    shown = [str(as_alice.ask(question)) for question in list_questions(ids)]

    for text in shown:
        assert "bob" not in text.lower()
    together = "".join(shown)
    assert [its_id for its_id in of_bob.list_ids(global_id) if its_id in together] == []
    missing = [its_id for its_id in of_alice.list_ids(global_id) if its_id not in together]
    assert missing == []


def test_staff_see_both_on_every_way(as_sam, of_alice, of_bob, global_id):
    booking = global_id("Booking", of_alice.booking.pk)
    shown = as_sam.ask(
        f"""{{ booking(id: "{booking}", scope: ALL) {{
            paymentIntents {{ username paymentMethod {{ brand }} booking {{ reference }}
              history {{ refund {{ description }} }} }} }} }}"""
    )["booking"]["paymentIntents"]
    assert {(one["username"], one["paymentMethod"]["brand"]) for one in shown} == {
        ("alice", "of alice"),
        ("bob", "of alice"),  # linked to an object that cannot exist at Stripe
    }
    refunds = {
        change["refund"]["description"]
        for one in shown
        for change in one["history"]
        if change["refund"]
    }
    assert refunds == {"of alice", "of bob"}

    ids = [*of_alice.list_ids(global_id), *of_bob.list_ids(global_id)]
    questions = list_questions(ids, scope="scope: ALL")
    together = "".join(str(as_sam.ask(question)) for question in questions)
    assert [its_id for its_id in ids if its_id not in together] == []


@pytest.mark.parametrize("values", [{"livemode": True}, {"account": "acct_other"}])
def test_ones_own_of_another_mode_or_account_is_on_no_way(
    as_alice, of_alice, of_bob, global_id, values
):
    for model in (
        Operation,
        RefundRequest,
        StripeCustomer,
        StripeDispute,
        StripePaymentIntent,
        StripePaymentMethod,
        StripeRefund,
        StripeSetupIntent,
    ):
        model.objects.update(**values)
    ids = of_alice.list_ids(global_id)
    # These belong to the site, not to a mode.
    of_the_site = {
        global_id("Booking", of_alice.booking.pk),
        global_id("Customer", of_alice.user.pk),
    }

    together = "".join(str(as_alice.ask(question)) for question in list_questions(ids))

    assert {its_id for its_id in ids if its_id in together} == of_the_site
    assert "cus_alice" not in together
    assert "'amountPaid': '0.00'" in together


def test_what_is_of_another_mode_or_account_is_on_no_way(as_sam, of_alice, of_bob, global_id):
    for row in (of_bob.intent, of_bob.refund, of_bob.request, of_bob.dispute):
        type(row).objects.filter(pk=row.pk).update(livemode=True)
    StripePaymentIntent.objects.filter(stripe_payment_intent_id="pi_bob_for other").update(
        account="acct_other"
    )
    StripeSetupIntent.objects.filter(customer=of_bob.customer).update(account="acct_other")
    StripePaymentMethod.objects.filter(pk=of_bob.method.pk).update(livemode=True)
    of_the_site = {
        global_id("Booking", of_bob.booking.pk),
        global_id("Customer", of_bob.user.pk),
    }
    hidden = [its_id for its_id in of_bob.list_ids(global_id) if its_id not in of_the_site]
    booking = global_id("Booking", of_bob.booking.pk)
    shown = as_sam.ask(
        f"""{{ booking(id: "{booking}", scope: ALL) {{ paymentIntents {{ id }} }}
            paymentIntents(scope: ALL) {{ totalCount edges {{ node {{ id }} }} }}
            refunds(scope: ALL) {{ edges {{ node {{ id }} }} }}
            refundRequests(scope: ALL) {{ edges {{ node {{ id }} }} }}
            disputes(scope: ALL) {{ edges {{ node {{ id }} }} }}
            nodes(ids: {str(hidden).replace("'", '"')}) {{ id }} }}"""
    )
    assert [its_id for its_id in hidden if its_id in str(shown)] == []
    assert shown["nodes"] == [None] * len(hidden)
    assert shown["paymentIntents"]["totalCount"] == 2
    assert StatusChange.objects.count() > 0

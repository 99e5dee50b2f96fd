"""`scope: ALL`: everyone's rows, only for people with the permissions."""

import pytest
from django.contrib.auth.models import Permission

from payments_graphql.models import StripeSetupIntent

from .conftest import GraphQLClient
from .rows import get_customer, make_changes, make_disputes, make_intents, make_refunds

LISTS = {
    "paymentIntents": "stripepaymentintent",
    "refunds": "striperefund",
    "disputes": "stripedispute",
    "bookings": "booking",
}


@pytest.fixture
def rita(django_user_model):
    """Staff with the permissions that a test gives: `rita("view_stripepaymentintent")`."""

    def rita(*codenames):
        user = django_user_model.objects.create_user("rita", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        assert user.user_permissions.count() == len(codenames)
        return GraphQLClient(user)

    return rita


@pytest.fixture
def intent(alice, booking):
    [intent] = make_intents(alice, booking=booking)
    make_refunds(intent)
    make_disputes(intent)
    make_changes(payment_intent=intent)
    return intent


def ask_for_list(name, inner="id"):
    return f"{{ {name}(scope: ALL) {{ totalCount edges {{ node {{ {inner} }} }} }} }}"


@pytest.mark.parametrize("name", LISTS)
def test_staff_see_everybodys(as_sam, intent, name):
    page = as_sam.ask(ask_for_list(name))[name]
    assert page["totalCount"] == 1
    assert len(page["edges"]) == 1


@pytest.mark.parametrize("name", LISTS)
def test_nobody_else_may_ask(as_alice, as_bob, as_nobody, intent, name):
    for client in (as_alice, as_bob):
        error = client.ask_for_error(ask_for_list(name))
        assert error["extensions"]["code"] == "PERMISSION_DENIED"
        assert "scope: ALL" in error["message"]
    error = as_nobody.ask_for_error(ask_for_list(name))
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(("name", "model"), LISTS.items())
def test_each_list_needs_the_permission_for_its_own_model(rita, intent, name, model):
    client = rita("view_stripepaymentintent")
    if model == "stripepaymentintent":
        assert client.ask(ask_for_list(name))[name]["totalCount"] == 1
        return
    error = client.ask_for_error(ask_for_list(name))
    assert error["extensions"]["code"] == "PERMISSION_DENIED"
    assert f"payments_graphql.view_{model}" in error["message"]


def test_each_list_needs_the_permission_for_payments(rita, intent):
    client = rita("view_striperefund")
    error = client.ask_for_error(ask_for_list("refunds"))
    assert "payments_graphql.view_stripepaymentintent" in error["message"]


@pytest.mark.parametrize(
    ("inner", "missing"),
    [
        ("refunds { id }", "view_striperefund"),
        ("disputes { id }", "view_stripedispute"),
        ("paymentMethod { id }", "view_stripepaymentmethod"),
        ("history { of }", "view_statuschange"),
        ("booking { paymentIntents { refunds { id } } }", "view_striperefund"),
        ("... on PaymentIntent { refunds { id } }", "view_striperefund"),
    ],
)
def test_what_is_inside_needs_its_own_permission_too(rita, intent, inner, missing):
    client = rita("view_stripepaymentintent", "view_booking")
    client.ask(ask_for_list("paymentIntents", "booking { reference }"))
    error = client.ask_for_error(ask_for_list("paymentIntents", inner))
    assert error["extensions"]["code"] == "PERMISSION_DENIED"
    assert missing in error["message"]


def test_one_object_is_reached_by_each_of_its_ways(
    as_sam, as_bob, alice, intent, booking, global_id
):
    setup = StripeSetupIntent.objects.create(
        customer=get_customer(alice), stripe_setup_intent_id="seti_1"
    )
    its_id, booking_id, setup_id = (
        global_id("PaymentIntent", intent.pk),
        global_id("Booking", booking.pk),
        global_id("SetupIntent", setup.pk),
    )
    ways = {
        f'paymentIntent(by: {{id: "{its_id}"}}, scope: ALL)': its_id,
        f'paymentIntent(by: {{stripeId: "{intent.stripe_payment_intent_id}"}}, scope: ALL)': its_id,
        f'booking(id: "{booking_id}", scope: ALL)': booking_id,
        f'setupIntent(id: "{setup_id}", scope: ALL)': setup_id,
    }
    for way, expected in ways.items():
        assert list(as_sam.ask(f"{{ {way} {{ id }} }}").values()) == [{"id": expected}]
        assert list(as_sam.ask(f"{{ {way.replace(', scope: ALL', '')} {{ id }} }}").values()) == [
            None
        ]
        error = as_bob.ask_for_error(f"{{ {way} {{ id }} }}")
        assert error["extensions"]["code"] == "PERMISSION_DENIED"


def test_null_is_the_callers_own(as_sam, as_alice, intent):
    query = "{ paymentIntents(scope: null, orderBy: null) { totalCount } }"
    assert as_alice.ask(query)["paymentIntents"]["totalCount"] == 1
    assert as_sam.ask(query)["paymentIntents"]["totalCount"] == 0


def test_staff_never_see_the_client_secret(as_sam, alice, service, global_id, sandbox):
    created = service.create_payment_intent(user=alice, amount="10", currency="USD")
    its_id = global_id("PaymentIntent", created["payment_intent"].pk)
    before = len(sandbox.requests())
    for way in (f'paymentIntent(by: {{id: "{its_id}"}}, scope: ALL)', f'node(id: "{its_id}")'):
        query = f"{{ {way} {{ ... on PaymentIntent {{ id clientSecret }} }} }}"
        assert list(as_sam.ask(query).values()) == [{"id": its_id, "clientSecret": None}]
    assert len(sandbox.requests()) == before


def test_a_list_is_narrowed_to_one_persons(as_sam, as_alice, alice, bob, intent):
    make_intents(bob)
    query = """
    query($scope: Scope!, $username: String) {
      paymentIntents(scope: $scope, filter: {username: $username}) { edges { node { username } } }
    }"""

    def usernames(client, username, scope="ALL"):
        edges = client.ask(query, scope=scope, username=username)["paymentIntents"]["edges"]
        return sorted(edge["node"]["username"] for edge in edges)

    assert usernames(as_sam, None) == ["alice", "bob"]
    assert usernames(as_sam, "bob") == ["bob"]
    assert usernames(as_sam, "nobody") == usernames(as_sam, "\0") == []
    assert usernames(as_alice, "bob", "OWN") == []
    assert usernames(as_alice, "alice", "OWN") == ["alice"]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_narrowed_by_the_name(as_sam, alice, bob, intent, name):
    query = f"""
    query($username: String) {{
      {name}(scope: ALL, filter: {{username: $username}}) {{ totalCount }}
    }}"""
    assert as_sam.ask(query, username="alice")[name]["totalCount"] == 1
    assert as_sam.ask(query, username="bob")[name]["totalCount"] == 0

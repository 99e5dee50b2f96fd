"""One GraphQL endpoint: our types in the schema of a site. See docs/merging.md."""

import asyncio
import json
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
import strawberry
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import path
from knox.models import AuthToken
from strawberry.schema.config import StrawberryConfig

from payments_graphql.live_updates import Hub, Watch
from payments_graphql.models import Operation
from payments_graphql.policy import VIEW_EVERYTHING
from schema import PaymentsMutation, PaymentsQuery, PrefixedNames, extend, payments_schema_config
from schema.engine.nodes import encode_id
from schema.http.requests import GraphQLRequest
from schema.http.signed_in import SignIn
from schema.http.stream_places import Places
from schema.http.streams import Stream
from schema.http.view import graphql_view
from schema.types import bookings
from tests.hosts import merged_schema

BOOKINGS = """
query Bookings {
  bookings { edges { node {
    __typename id reference amountDue group { __typename name } paymentIntents { id }
  } } }
}
"""


class Page:
    """A client that is signed in at the site."""

    def __init__(self, address: str, user: Any = None) -> None:
        self.address = address
        self.http = Client(enforce_csrf_checks=True)
        if user is not None:
            self.http.force_login(user)

    def post(
        self, document: str, *, headers: dict[str, str] | None = None, **variables: Any
    ) -> Any:
        return self.http.post(
            self.address,
            {"query": document, "variables": variables},
            content_type="application/json",
            headers={"Sec-Fetch-Site": "same-origin"} if headers is None else headers,
        )

    def ask(self, document: str, **variables: Any) -> Any:
        answer = self.post(document, **variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def ask_for_error(self, document: str, **variables: Any) -> Any:
        [error] = self.post(document, **variables).json()["errors"]
        return error


@pytest.fixture(params=["site", "dict", "ours"])
def address(request: Any, settings: Any) -> str:
    """A Strawberry view with the site's context, or our own view."""
    urlconf = ModuleType("urlconf")
    urlconf.urlpatterns = [  # type: ignore[attr-defined]  # a module made here
        path("site/", merged_schema.site_view),
        path("dict/", merged_schema.dict_view),
        path("ours/", graphql_view),
    ]
    settings.ROOT_URLCONF = urlconf
    settings.PAYMENTS_GRAPHQL_SCHEMA = "tests.hosts.merged_schema.schema"
    return f"/{request.param}/"


@pytest.fixture
def as_alice(address: str, alice: Any) -> Page:
    return Page(address, alice)


def test_names_that_clash_are_told_apart(as_alice, booking):
    group = Group.objects.create(name=booking.reference)

    [edge] = as_alice.ask(BOOKINGS)["bookings"]["edges"]

    assert edge["node"] == {
        "__typename": "PaymentsBooking",
        "id": encode_id("Booking", booking.pk),
        "reference": "LIS-1",
        "amountDue": "99.99",
        "group": {"__typename": "Booking", "name": group.name},
        "paymentIntents": [],
    }


def _create_the_only_group(name):
    """Of a site that has deleted the groups that `migrate` makes."""
    Group.objects.all().delete()
    Group.objects.create(name=name)


def test_both_kinds_of_ids_lead_back(as_alice, booking):
    _create_the_only_group("LIS-1")
    [group] = as_alice.ask("{ groups { id } }")["groups"]
    ours = encode_id("Booking", booking.pk)

    found = as_alice.ask(
        """query ($ours: ID!, $site: ID!) {
          node(id: $ours) { __typename id ... on PaymentsBooking { reference } }
          siteNode(id: $site) { __typename ... on Booking { name } }
        }""",
        ours=ours,
        site=group["id"],
    )

    assert found == {
        "node": {"__typename": "PaymentsBooking", "id": ours, "reference": "LIS-1"},
        "siteNode": {"__typename": "Booking", "name": "LIS-1"},
    }


def test_a_fragment_on_another_type_needs_no_permission(as_alice, pay, alice, bob):
    """It selects nothing of the payment, whatever the types are called in this schema."""
    names = [VIEW_EVERYTHING, "view_stripepaymentintent"]
    bob.user_permissions.set(Permission.objects.filter(codename__in=names))
    ours = encode_id("PaymentIntent", pay(alice).pk)

    found = Page(as_alice.address, bob).ask(
        """query ($id: ID!) {
          node(id: $id) {
            ... on PaymentsPaymentIntent { status }
            ... on PaymentsSetupIntent { paymentMethod { id } }
          }
        }""",
        id=ours,
    )

    assert found == {"node": {"status": "SUCCEEDED"}}


def test_a_type_of_the_site_shows_payments_of_the_caller_alone(as_alice, booking, pay, alice, bob):
    pay(alice, None, None, booking=booking)
    _create_the_only_group("LIS-1")
    query = "{ groups { name paymentIntents { __typename status booking { amountDue } } } }"

    shown = {
        "__typename": "PaymentsPaymentIntent",
        "status": "SUCCEEDED",
        "booking": {"amountDue": "0.00"},
    }
    assert as_alice.ask(query)["groups"] == [{"name": "LIS-1", "paymentIntents": [shown]}]
    as_bob = Page(as_alice.address, bob)
    assert as_bob.ask(query)["groups"] == [{"name": "LIS-1", "paymentIntents": []}]


@pytest.mark.django_db(transaction=True)
def test_a_booking_is_paid(sandbox, as_alice, booking, alice):
    mutation = """
      mutation ($input: PaymentsCreatePaymentIntentInput!) {
        createPaymentIntent(input: $input) {
          errors { __typename message } paymentIntent { id clientSecret }
        }
      }"""
    given = {"bookingId": encode_id("Booking", booking.pk), "idempotencyKey": "merged-1"}

    answer = as_alice.post(mutation, input=given)

    created = answer.json()["data"]["createPaymentIntent"]
    assert created["errors"] == [], created
    assert created["paymentIntent"]["clientSecret"].startswith("pi_")
    assert answer.headers["Cache-Control"] == "no-store"
    assert Operation.objects.get(kind="create_payment_intent").actor == f"user:{alice.pk}"


def test_a_token_signs_in_for_the_fields_of_the_site_too(address, alice):
    token = AuthToken.objects.create(alice)[1]
    query = "{ who shop me { username } }" if address != "/ours/" else "{ who me { username } }"

    answer = Page(address).post(query, headers={"Authorization": f"Token {token}"})

    data = answer.json()["data"]
    assert (data["who"], data["me"]) == ("alice", {"username": "alice"})
    assert data.get("shop", "Lisbon") == "Lisbon"


def test_a_wrong_token_is_refused(address, db):
    answer = Page(address).post("{ who }", headers={"Authorization": "Token nonsense"})

    assert answer.status_code == 401
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_session_needs_the_csrf_token(address, alice):
    answer = Page(address, alice).post("{ who }", headers={})

    assert answer.status_code == 403


def test_whoever_is_not_signed_in_sees_nothing(address, db):
    assert Page(address).ask_for_error(BOOKINGS)["extensions"]["code"] == "UNAUTHENTICATED"


def test_what_goes_wrong_is_masked(as_alice):
    error = as_alice.ask_for_error("{ broken }")

    assert error["message"] == "An unexpected error occurred."
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


def test_documents_are_limited(as_alice, settings):
    settings.PAYMENTS_GRAPHQL_MAX_COST = 5

    error = as_alice.ask_for_error(BOOKINGS)

    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


def test_a_request_without_a_query_is_answered_by_the_view(address, alice):
    assert Page(address, alice).post("").status_code == 400


async def _watch() -> Watch:
    return Watch(Hub(None))  # type: ignore[arg-type]  # it connects to nothing


@pytest.mark.django_db(transaction=True)
def test_live_status_has_the_schema_of_the_site(address, alice, pay, rf):
    request = rf.post(address)
    request.user = alice
    document = f"""subscription {{
      paymentIntentUpdated(id: "{encode_id("PaymentIntent", pay(alice).pk)}") {{
        __typename booking {{ group {{ name }} }}
      }}
    }}"""
    stream = Stream(GraphQLRequest(document), SignIn(alice.pk), asyncio.run(_watch()), Places())

    stream.open(request)

    payload = json.loads(stream.first.payload)
    stream.close()
    assert payload["data"] == {
        "paymentIntentUpdated": {"__typename": "PaymentsPaymentIntent", "booking": None}
    }


def test_a_document_of_one_schema_is_not_taken_for_valid_in_another(as_alice, alice, settings):
    document = "{ who }"
    assert as_alice.ask(document) == {"who": "alice"}
    settings.PAYMENTS_GRAPHQL_SCHEMA = ""

    error = Page("/ours/", alice).ask_for_error(document)

    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_the_site_may_sign_in_by_itself(db, rf, alice):
    config = payments_schema_config(sign_in=False)
    request = rf.post("/", headers={"Authorization": "Own scheme"})
    request.user = alice

    result = strawberry.Schema(query=PaymentsQuery, **config).execute_sync(
        "{ me { username } }", context_value={"request": request}
    )

    assert (result.errors, result.data) == (None, {"me": {"username": "alice"}})


def test_operations_on_the_event_loop_are_refused():
    """Their reads would fail one by one."""
    schema = strawberry.Schema(query=PaymentsQuery, **payments_schema_config())

    result = asyncio.run(
        schema.execute("{ paymentsConfig { publishableKey } }", context_value={"request": None})
    )

    assert result.data is None
    [error] = result.errors
    assert error.extensions["code"] == "INTERNAL_SERVER_ERROR"


def test_without_a_prefix_a_clash_fails_at_once():
    @strawberry.type
    class Booking:
        name: str

    @strawberry.type
    class Query(PaymentsQuery):
        own: Booking

    with pytest.raises(Exception, match="Booking"):
        strawberry.Schema(query=Query, mutation=PaymentsMutation, **payments_schema_config())


def test_the_prefix_is_not_put_twice():
    config = payments_schema_config(config=StrawberryConfig(name_converter=PrefixedNames("Pay")))
    printed = strawberry.Schema(query=PaymentsQuery, **config).as_str()

    assert "type PayBookingConnection {" in printed
    assert "type PaymentsConfig {" in printed
    assert "enum PaymentErrorCode {" in printed


@pytest.mark.parametrize(
    "config",
    [
        StrawberryConfig(auto_camel_case=False),
        StrawberryConfig(
            scalar_map={Decimal: strawberry.scalar(name="Decimal", serialize=float)},
        ),
    ],
    ids=["snake case", "float"],
)
def test_a_schema_in_which_payments_would_be_wrong_is_refused(config):
    with pytest.raises(ImproperlyConfigured):
        payments_schema_config(config=config)


def test_a_field_of_ours_cannot_be_replaced():
    with pytest.raises(TypeError, match="amount_due"):

        @extend(bookings.Booking)
        @strawberry.field
        def amount_due() -> int:
            return 0

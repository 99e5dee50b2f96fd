"""The site's own rule about who may pay for a booking, and when."""

import pytest

from payments_graphql.models import Operation, StripePaymentIntent
from payments_graphql.policy import Policy
from payments_graphql.services.available_actions import Action, find_refusal

DENIAL = "You are not allowed to pay for this booking."


class OnlyConfirmedTrips(Policy):
    """Staff may charge it while the customer is away."""

    def may_pay(self, person, booking):
        return super().may_pay(person, booking) and booking.description != "Not confirmed"


class EverybodyMay(Policy):
    def may_pay(self, person, booking):
        return True


@pytest.fixture(autouse=True)
def strict(settings, sandbox):
    settings.PAYMENTS_POLICY = f"{__name__}.OnlyConfirmedTrips"


@pytest.fixture
def refuse(booking):
    def refuse():
        booking.description = "Not confirmed"
        booking.save()

    return refuse


def test_no_payment_is_created(service, alice, booking, refuse, sandbox):
    refuse()
    result = service.create_payment_intent(user=alice, booking=booking)

    assert (result["success"], result["error"]) == (False, DENIAL)
    assert result["error_code"] == "permission_denied"
    assert not StripePaymentIntent.objects.exists()
    assert sandbox.requests("POST") == []


def test_over_graphql_the_error_names_the_booking(client, alice, booking, refuse):
    refuse()
    client.force_login(alice)
    global_id = _ask(client, "{ bookings { edges { node { id } } } }")
    global_id = global_id["bookings"]["edges"][0]["node"]["id"]
    payload = _ask(
        client,
        """mutation($input: CreatePaymentIntentInput!) {
          createPaymentIntent(input: $input) {
            paymentIntent { id } errors { __typename code message path }
          }
        }""",
        input={"idempotencyKey": "first", "bookingId": global_id},
    )
    assert payload["createPaymentIntent"] == {
        "paymentIntent": None,
        "errors": [
            {
                "__typename": "PermissionError",
                "code": "PERMISSION_DENIED",
                "message": DENIAL,
                "path": ["input", "bookingId"],
            }
        ],
    }


def _ask(client, query, **variables):
    answer = client.post(
        "/graphql/",
        {"query": query, "variables": variables},
        content_type="application/json",
        headers={"Sec-Fetch-Site": "same-origin"},
    ).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_an_existing_payment_is_not_confirmed(service, alice, booking, refuse):
    intent = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    refuse()
    intent = StripePaymentIntent.objects.get(pk=intent.pk)
    result = service.confirm_payment_intent(intent, payment_method="pm_card_visa", user=alice)

    assert (result["success"], result["error"]) == (False, DENIAL)
    assert not Operation.objects.filter(kind="confirm_payment_intent").exists()
    refusal = find_refusal(Action.CONFIRM, intent, alice)
    assert refusal.path == ("bookingId",)


def test_the_sites_own_code_may_confirm_it(service, alice, booking, refuse):
    intent = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    refuse()
    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]


def test_another_users_booking_still_does_not_exist(service, bob, booking, settings):
    """A payment belongs to its booking's user, whatever the policy says."""
    settings.PAYMENTS_POLICY = f"{__name__}.EverybodyMay"
    result = service.create_payment_intent(user=bob, booking=booking)

    assert (result["success"], result["error"]) == (False, "There is no such booking.")

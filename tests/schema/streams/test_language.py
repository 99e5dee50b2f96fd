"""Each stream keeps the language of the request that opened it."""

import pytest

from tests.schema.streams.client import EventStream, post

pytestmark = pytest.mark.django_db(transaction=True)

SUBSCRIPTION = """
    subscription($id: ID!) {
      paymentIntentUpdated(id: $id) { lastError { message } }
    }
"""


@pytest.fixture
def subscribe_in(site, make_token, alice, unpaid, global_id):
    opened = []

    def subscribe_in(language):
        headers = {
            "Authorization": f"Token {make_token(alice)}",
            "Accept-Language": language,
        }
        variables = {"id": global_id("PaymentIntent", unpaid.pk)}
        opened.append(EventStream(post(site.url, SUBSCRIPTION, variables=variables, **headers)))
        assert opened[-1].next().payment == {"lastError": None}
        return opened[-1]

    yield subscribe_in
    for stream in opened:
        stream.close()


def test_a_change_is_told_in_the_language_of_each_stream(subscribe_in, service, unpaid):
    french, english = subscribe_in("fr"), subscribe_in("en")

    service.confirm_payment_intent(unpaid, payment_method="pm_card_visa_chargeDeclined")

    assert french.next().payment == {"lastError": {"message": "Votre carte a été refusée."}}
    assert english.next().payment == {"lastError": {"message": "Your card was declined."}}

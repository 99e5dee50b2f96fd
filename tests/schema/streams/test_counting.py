"""A stream counts as one request, however often it is read again."""

import re

import pytest
import requests

from tests.schema.streams.client import post
from tests.schema.streams.conftest import SETTINGS

pytestmark = pytest.mark.django_db(transaction=True)


def scrape(site):
    headers = {"Authorization": f"Bearer {SETTINGS['PAYMENTS_METRICS_TOKEN']}"}
    answer = requests.get(f"{site.url}/metrics", headers=headers, timeout=20)
    assert answer.status_code == 200, answer.content

    def get(start):
        found = re.search(rf"^{re.escape(start)} (.*)$", answer.text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    opened = get(
        "payments_graphql_requests_total"
        '{operation="paymentIntentUpdated",outcome="ok",type="subscription"}'
    )
    return (
        opened,
        get('payments_open_streams{transport="sse"}'),
        get('payments_limits_hit_total{limit="stream.user"}'),
    )


def test_a_stream_is_counted_once_and_shown_while_it_is_open(
    own_site, subscribe, service, alice, unpaid
):
    assert scrape(own_site) == (0, 0, 0)
    with subscribe(alice, unpaid, url=own_site.url) as stream:
        stream.next()
        service.confirm_payment_intent(unpaid, payment_method="pm_card_threeDSecure2Required")
        stream.next()
        assert scrape(own_site) == (1, 1, 0)
        service.cancel_payment_intent(unpaid)
        assert [event.name for event in stream.all()][-1] == "end"
    assert scrape(own_site) == (1, 0, 0)


def test_a_stream_too_many_is_counted_by_its_limit(
    own_site, subscribe, alice, unpaid, make_token, global_id
):
    for _ in range(int(SETTINGS["PAYMENTS_STREAMS_PER_PROCESS_AND_USER"])):
        subscribe(alice, unpaid, url=own_site.url).next()
    variables = {"id": global_id("PaymentIntent", unpaid.pk), "scope": "OWN"}
    refused = post(own_site.url, variables=variables, Authorization=f"Token {make_token(alice)}")
    assert refused.status_code == 429
    assert scrape(own_site) == (3, 3, 1)

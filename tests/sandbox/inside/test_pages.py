"""The pages under /_sandbox/: what they show, escaping, and protection against other sites."""

import json
import re
from html import unescape
from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import Receiver, connect
from tests.sandbox.http_calls import FORM, KEY, Answer, call
from tests.sandbox.waiting import wait_until

PAGE = {"Accept": "text/html,*/*;q=0.8"}
JSON = {"Content-Type": "application/json"}
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
PAGES = (
    *("", "objects", "requests", "webhooks", "triggers", "cards", "keys", "faults", "clock"),
    "reset",
)
COPYING = {"cards", "keys"}
COPY_SCRIPT = b'<script src="/_sandbox/copy.js" defer></script>'


def read(sandbox: Sandbox, path: str) -> str:
    answer = call(sandbox, "GET", path, headers=PAGE)
    assert answer.status == 200, path
    assert answer.headers.get_content_type() == "text/html"
    return answer.body.decode()


@pytest.mark.parametrize("name", PAGES)
def test_pages_run_at_most_the_copy_script_and_are_in_no_frame(sandbox: Sandbox, name: str) -> None:
    answer = call(sandbox, "GET", f"/_sandbox/{name}", headers=PAGE)
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.body.count(b"<script") == answer.body.count(COPY_SCRIPT) == (name in COPYING)
    assert ("script-src 'self'" in policy) == (name in COPYING)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for path in re.findall(rb'href="(/_sandbox/[a-z.]*)"', answer.body):
        assert call(sandbox, "GET", path.decode(), headers=PAGE).status == 200


def test_what_is_shown_is_escaped(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.forward_to(receiver.url.replace("x=1", f"x={'<script>'}"), "whsec_test")
    customer = own_client.v1.customers.create(
        {"name": ATTACK, "metadata": {"note": ATTACK}}, {"idempotency_key": ATTACK}
    )
    call(own_sandbox, "GET", f"/v1/customers/{'<script>'}", headers=KEY)
    own_sandbox.faults.add("hang", path="/<script>", times=1)
    paths = [f"/_sandbox/{name}" for name in PAGES]
    paths += [f"/_sandbox/objects/{customer.id}", "/_sandbox/objects?id=<script>&type=<script>"]
    paths += ["/_sandbox/requests?path=<script>*&method=<script>"]
    for path in paths:
        page = read(own_sandbox, path).replace(COPY_SCRIPT.decode(), "")
        assert "<script" not in page, path
        assert "<img" not in page, path
    assert ATTACK in unescape(read(own_sandbox, "/_sandbox/requests"))
    refused = call(own_sandbox, "GET", "/_sandbox/<script>", headers=PAGE)
    assert (refused.status, b"<script" in refused.body) == (404, False)


def test_objects_are_found_by_type_and_by_the_beginning_of_an_id(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client)
    customer = own_client.v1.customers.create({})
    intents = read(own_sandbox, "/_sandbox/objects?type=payment_intent")
    assert intent.id in intents
    assert customer.id not in intents
    found = call(own_sandbox, "GET", f"/_sandbox/objects?id={customer.id[:10]}", headers={}).json
    assert [one["id"] for one in found["data"]] == [customer.id]


def test_objects_have_pages(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    made = [own_client.v1.customers.create({}).id for _ in range(60)]
    seen: list[str] = []
    path = "/_sandbox/objects?type=customer"
    while path:
        page = read(own_sandbox, path)
        seen += re.findall(r"<code>(cus_\w+)</code>", page)
        older = re.search(r'<a href="(\S+)">Older', page)
        path = unescape(older[1]) if older else ""
    assert seen == made[::-1]


def test_an_object_is_shown_with_what_belongs_to_it_and_its_events(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    customer = own_client.v1.customers.create({})
    intent = payments.pay(own_client, customer=customer.id)
    refund = own_client.v1.refunds.create({"payment_intent": intent.id})
    event = own_client.v1.events.list({"type": "payment_intent.succeeded"}).data[0]
    page = read(own_sandbox, f"/_sandbox/objects/{intent.id}")
    for expected in (customer.id, str(intent.latest_charge), refund.id, event.id):
        assert f"/_sandbox/objects/{expected}" in page
    assert "&quot;amount&quot;: 2000" in page
    assert intent.id in read(own_sandbox, f"/_sandbox/objects/{customer.id}")


def test_requests_show_their_answer_and_hide_secrets(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.create(own_client)
    number = "4242424242424242"
    own_client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"number": number, "exp_month": 1, "exp_year": 2040, "cvc": "987"},
        },
        {"idempotency_key": "key-of-alice"},
    )
    stripe.StripeClient(
        "pk_test_x", base_addresses={"api": own_sandbox.url}
    ).v1.payment_intents.retrieve(intent.id, {"client_secret": str(intent.client_secret)})
    page = read(own_sandbox, "/_sandbox/requests")
    assert "key-of-alice" in page
    kept = str([request.parameters for request in own_sandbox.requests()])
    for secret in (number, str(intent.client_secret)):
        assert secret not in page
        assert secret not in kept
    # Quoted, as three digits alone may be part of an id or a duration.
    assert "&quot;987&quot;" not in page
    assert "'987'" not in kept
    assert re.search(r'<td data-label="ms"><div>\d+\.\d</div></td>', page)
    assert number not in read(own_sandbox, "/_sandbox/requests?method=POST")
    assert "/v1/payment_methods" not in read(own_sandbox, "/_sandbox/requests?method=GET")


def test_a_delivery_is_shown_with_its_attempts_and_sent_again(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    own_sandbox.forward_to(receiver.url, "whsec_test")
    own_client.v1.customers.create({})
    receiver.wait_for(1)
    wait_until(
        lambda: '<span class="badge bad">503</span>' in read(own_sandbox, "/_sandbox/webhooks")
    )
    path = "/_sandbox/deliveries/1/send"
    assert f'action="{path}"' in read(own_sandbox, "/_sandbox/webhooks")
    assert call(own_sandbox, "POST", path, "", FORM).status == 303
    receiver.wait_for(2)

    def shown() -> Any:
        return call(own_sandbox, "GET", "/_sandbox/webhooks", headers={}).json["deliveries"][0]

    wait_until(lambda: shown()["status"] == "succeeded")
    assert [attempt["answer"] for attempt in shown()["attempts"]] == ["503", "200"]
    assert call(own_sandbox, "POST", path, "{}", JSON).json == {"id": 1}
    receiver.wait_for(3)
    assert call(own_sandbox, "POST", "/_sandbox/deliveries/99/send", "", FORM).status == 404
    event = own_client.v1.events.list().data[0]
    wait_until(lambda: len(shown()["attempts"]) == 3)
    assert own_client.v1.events.retrieve(event.id).pending_webhooks == 0


def test_a_listeners_secret_is_shown_to_people_on_one_page(
    own_sandbox: Sandbox, receiver: Receiver
) -> None:
    own_sandbox.forward_to(receiver.url, "whsec_of_alice")
    connect(own_sandbox).v1.customers.create({})
    receiver.wait_for(1)
    for name in PAGES:
        for headers in (PAGE, {}):
            answer = call(own_sandbox, "GET", f"/_sandbox/{name}", headers=headers)
            assert (b"whsec_of_alice" in answer.body) == (name == "keys")
            assert "Access-Control-Allow-Origin" not in answer.headers


def post(sandbox: Sandbox, path: str, headers: dict[str, str]) -> Answer:
    return call(sandbox, "POST", path, '{"advance": 1}', JSON | headers)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
    ],
)
def test_a_page_of_another_origin_can_not_act(
    own_sandbox: Sandbox, headers: dict[str, str], status: int
) -> None:
    before = own_sandbox._started().store._ahead
    assert post(own_sandbox, "/_sandbox/clock", headers).status == status
    assert (own_sandbox._started().store._ahead > before) == (status == 200)


def test_the_sandboxs_own_pages_may_act(own_sandbox: Sandbox) -> None:
    assert post(own_sandbox, "/_sandbox/clock", {"Origin": own_sandbox.url}).status == 200


@pytest.mark.parametrize("path", ["/v1/customers", "/_sandbox/", "/_sandbox/requests", "/v3/"])
@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:12111", False),
        ("10.0.0.1", False),
        ("[", False),
        ("", False),
        ("localhost:12111", True),
        ("shop.localhost", True),
        ("[::1]:12111", True),
        ("127.0.0.2", True),
    ],
)
def test_only_names_of_this_machine_are_answered(
    sandbox: Sandbox, path: str, host: str, is_known: bool
) -> None:
    status = call(sandbox, "GET", path, headers=KEY | {"Host": host}).status
    assert status == (200 if is_known else 403)


def test_it_answers_to_the_names_that_it_was_told() -> None:
    with Sandbox(allowed_hosts=["stripe.test"]) as sandbox:
        for host, status in (("stripe.test:80", 200), ("STRIPE.test", 200), ("other.test", 403)):
            assert (
                call(sandbox, "GET", "/v1/customers", headers=KEY | {"Host": host}).status == status
            )


def test_on_an_address_for_others_addresses_are_names_enough() -> None:
    with Sandbox(host="0.0.0.0") as sandbox:
        for host, status in (("10.0.0.1", 200), ("evil.example", 403)):
            assert call(sandbox, "GET", "/_sandbox/", headers={"Host": host}).status == status


def test_errors_are_pages_for_a_browser_and_json_for_a_program(sandbox: Sandbox) -> None:
    page = call(sandbox, "GET", "/_sandbox/objects/pi_no", headers=PAGE)
    assert (page.status, page.headers.get_content_type()) == (404, "text/html")
    answer = call(sandbox, "GET", "/_sandbox/objects/pi_no", headers={})
    assert json.loads(answer.body)["error"]["message"] == "No such object: 'pi_no'"

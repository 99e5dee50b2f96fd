import pytest
import stripe


@pytest.mark.stripe_rule(
    "The secret is shown at creation only",
    "https://docs.stripe.com/api/webhook_endpoints/object#webhook_endpoint_object-secret",
)
def test_the_secret_is_shown_only_once(client: stripe.StripeClient) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"]}
    )
    assert made.id.startswith("we_1")
    assert (made.secret or "").startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(made.id)
    assert all("secret" not in one for one in client.v1.webhook_endpoints.list().data)


@pytest.mark.stripe_rule(
    "An endpoint can be changed and disabled",
    "https://docs.stripe.com/api/webhook_endpoints/update",
)
def test_an_endpoint_can_be_changed_and_disabled(client: stripe.StripeClient) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"]}
    )
    changed = client.v1.webhook_endpoints.update(
        made.id, {"enabled_events": ["*"], "disabled": True, "description": "x"}
    )
    assert (changed.enabled_events, changed.status, changed.description) == (["*"], "disabled", "x")


@pytest.mark.stripe_rule(
    "A deleted endpoint is missing", "https://docs.stripe.com/api/webhook_endpoints/delete"
)
def test_a_deleted_endpoint_is_missing(client: stripe.StripeClient) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"]}
    )
    assert client.v1.webhook_endpoints.delete(made.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.webhook_endpoints.retrieve(made.id)
    assert missing.value.http_status == 404


@pytest.mark.stripe_rule(
    "An endpoint's address must be http or https",
    "https://docs.stripe.com/api/webhook_endpoints/create#create_webhook_endpoint-url",
    ours="Local addresses too",
)
@pytest.mark.parametrize("url", ["ftp://shop.example/", "shop.example", "http://:80/", "http://["])
def test_an_address_that_is_not_a_web_address_is_refused(
    client: stripe.StripeClient, url: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    assert refused.value.code == "url_invalid"


@pytest.mark.stripe_rule(
    "Only known events can be enabled",
    "https://docs.stripe.com/api/webhook_endpoints/create#create_webhook_endpoint-enabled_events",
)
def test_an_unknown_event_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="must be one of"):
        client.v1.webhook_endpoints.create(
            {"url": "http://127.0.0.1:9/", "enabled_events": ["payment.done"]}
        )

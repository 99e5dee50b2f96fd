"""Webhooks take a shortcut, and work the same without it."""

import pytest

from payments_graphql.models import StripeWebhookEvent
from payments_graphql.webhooks import middleware


@pytest.mark.parametrize("is_on", [True, False])
def test_an_event_is_taken_with_and_without_it(post, make_event, settings, is_on):
    if not is_on:
        settings.MIDDLEWARE = settings.MIDDLEWARE[1:]

    answer = post(make_event())

    assert answer.status_code == 200
    assert answer["Content-Length"] == str(len(answer.content))
    assert StripeWebhookEvent.objects.count() == 1


def test_middleware_for_browsers_is_skipped(post, make_event, settings):
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "tests.webhooks.test_middleware.refuse"]

    assert post(make_event()).status_code == 200


def test_other_requests_pass_through_all_middleware(client, settings):
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "tests.webhooks.test_middleware.refuse"]

    with pytest.raises(PermissionError):
        client.get("/graphql/")


def test_it_is_the_first(settings):
    name = "payments_graphql.webhooks.middleware.WebhookMiddleware"
    assert settings.MIDDLEWARE[0] == name


def refuse(get_response):
    def middleware(request):
        raise PermissionError

    return middleware


def test_the_path_of_a_webhook_is_resolved_once(post, make_event, monkeypatch):
    post(make_event())
    monkeypatch.setattr(middleware, "leads_to", unreachable)

    assert post(make_event()).status_code == 200


@pytest.mark.urls("tests.webhooks.test_middleware")
def test_a_kept_path_counts_only_in_its_urlconf(post, make_event, settings):
    first = post(make_event())
    settings.ROOT_URLCONF = "settings.urls"

    assert (first.status_code, post(make_event()).status_code) == (404, 200)


def test_no_more_than_a_few_paths_are_kept(rf, monkeypatch):
    monkeypatch.setattr(middleware, "leads_to", lambda path, view: path != "/elsewhere/")
    webhooks = middleware.WebhookMiddleware(unreachable)
    for number in range(40):
        request = rf.post(f"/{number}/", headers={"Stripe-Signature": "t=1"})
        assert webhooks._is_delivery(request)
    assert not webhooks._is_delivery(rf.post("/elsewhere/", headers={"Stripe-Signature": "t=1"}))

    assert len(webhooks._known_paths) == 16


def unreachable(*_):
    raise AssertionError


urlpatterns = []

"""Webhooks take a shortcut, and work the same without it."""

import pytest

from payments_graphql.models import StripeWebhookEvent


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

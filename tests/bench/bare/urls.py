import orjson
import stripe
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

TABLE = "CREATE TABLE bare_events (event_id text PRIMARY KEY, payload jsonb NOT NULL)"
_INSERT = "INSERT INTO bare_events VALUES (%s, %s) ON CONFLICT (event_id) DO NOTHING"


def receive(request: HttpRequest) -> HttpResponse:
    body = request.body.decode()
    stripe.WebhookSignature.verify_header(
        body, request.headers["Stripe-Signature"], settings.WEBHOOK_SECRET, 300
    )
    event = orjson.loads(body)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [event["id"], body])
    return HttpResponse(headers={"Content-Length": "0"})


urlpatterns = [path("webhooks/", receive)]

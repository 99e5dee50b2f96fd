"""Run as a program: Alice, signed in, with two bookings. Prints what the browser needs, as JSON."""

import json

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    from payments_graphql.models import Booking
    from schema.engine.nodes import encode_id

    alice = get_user_model().objects.create_user("alice", "alice@example.com", "travel")
    client = Client()
    client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
    bookings = [
        Booking.objects.create(
            reference=reference, user=alice, description="Lisbon", amount=9999, currency="USD"
        )
        for reference in ("LIS-1", "LIS-2")
    ]
    known = {
        "session": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "bookings": [encode_id("Booking", booking.pk) for booking in bookings],
    }
    print(json.dumps(known))


if __name__ == "__main__":
    main()

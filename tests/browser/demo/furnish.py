"""Run as a program, after `seed`: guests with a booking each. Prints them as JSON."""

import base64
import json

import django

GUESTS = 60


def main() -> None:
    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from knox.models import get_token_model

    from payments_graphql.models import Booking

    password = make_password("travel")
    names = [f"guest{number}" for number in range(GUESTS)]
    users = User.objects.bulk_create(
        [User(username=name, email=f"{name}@example.com", password=password) for name in names]
    )
    guests = []
    for user in users:
        booking = Booking.objects.create(
            reference=f"T-{user.username}",
            user=user,
            description="Lisbon, 3 nights",
            amount=9999,
            currency="USD",
        )
        _, token = get_token_model().objects.create(user)
        identity = base64.b64encode(f"Booking:{booking.pk}".encode()).decode()
        guests.append({"username": user.username, "token": token, "booking_id": identity})
    alice = User.objects.get(username="alice")
    for reference, description, amount, currency in (
        ("KWI-1004", "Kuwait City, 2 nights", 45_500, "KWD"),
        ("AMS-1005", "Amsterdam, canal tour", 4_000, "EUR"),
        ("RIO-1006", "Rio de Janeiro, beach house", 90_000, "BRL"),
    ):
        Booking.objects.create(
            reference=reference,
            user=alice,
            description=description,
            amount=amount,
            currency=currency,
        )
    print(json.dumps(guests))


if __name__ == "__main__":
    main()

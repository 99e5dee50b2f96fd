from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from payments_graphql.demo.one_click import PASSWORD, STAFF, USERNAMES
from payments_graphql.models import list_all_bookings

from ..development import refuse_production

_BOOKINGS = (
    ("alice", "LIS-1001", "Lisbon, 3 nights", 9999, "USD"),
    ("alice", "OSA-1002", "Osaka, ryokan", 48000, "JPY"),
    ("alice", "ROM-1003", "Rome, city tour", 12500, "EUR"),
    ("bob", "OSL-2001", "Oslo, fjord cruise", 349900, "NOK"),
)


class Command(BaseCommand):
    help = (
        "Creates Alice and Bob (customers with bookings), Sam (superuser), and Sue, Fay and Erin "
        "(staff in the groups Support, Finance and Engineer), for development. Does not change "
        "what exists. Refuses live keys, and any database other than DEVELOPMENT_DATABASE."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_production("seed")
        user_model = get_user_model()
        with transaction.atomic():
            users = {}
            for name in USERNAMES:
                user, is_new = user_model._default_manager.get_or_create(
                    username=name,
                    defaults={
                        "email": f"{name}@example.com",
                        "first_name": name.capitalize(),
                        "is_staff": name in STAFF,
                        "is_superuser": name == "sam",
                    },
                )
                if is_new:
                    user.set_password(PASSWORD)
                    user.save(update_fields=["password"])
                    user.groups.set(Group.objects.filter(name=STAFF.get(name)))
                elif not user.check_password(PASSWORD):
                    raise CommandError(
                        f"The user {name} was not created by seed: its password is different. "
                        "Nothing was changed. Use another database, or rename that user."
                    )
                users[name] = user
            for name, reference, description, amount, currency in _BOOKINGS:
                list_all_bookings().get_or_create(
                    reference=reference,
                    defaults={
                        "user": users[name],
                        "description": description,
                        "amount": amount,
                        "currency": currency,
                    },
                )
        if options["verbosity"]:
            groups = ", ".join(f"{name} ({group})" for name, group in STAFF.items() if group)
            self.stdout.write(
                f"Users alice and bob, sam (superuser), {groups}; password for all: {PASSWORD}"
            )

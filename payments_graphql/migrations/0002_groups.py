"""Creates the groups Support, Finance and Engineer.

It only adds: an existing group of the same name stays as it is, and nothing runs a second time, so
a permission that the site removes later stays removed. Reversing it keeps the groups, which may
have members.
"""

from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, router
from django.db.models import Q

BOOKING_MODEL = getattr(settings, "PAYMENTS_BOOKING_MODEL", "payments_graphql.Booking")

_SEE_PAYMENTS = (
    "view_operation",
    "view_paymentnote",
    "view_refundrequest",
    "view_statuschange",
    "view_stripecustomer",
    "view_stripedispute",
    "view_stripepaymentintent",
    "view_stripepaymentmethod",
    "view_striperefund",
    "view_stripesetupintent",
)
GROUPS = {
    "Support": (*_SEE_PAYMENTS, "refund_payment", "add_note"),
    "Finance": (
        *_SEE_PAYMENTS,
        "view_driftfinding",
        "refund_payment",
        "approve_refund",
        "capture_payment",
        "cancel_payment",
        "manage_disputes",
        "export_payments",
        "see_personal_data",
        "add_note",
    ),
    "Engineer": (
        *_SEE_PAYMENTS,
        "view_driftfinding",
        "view_stripewebhookevent",
        "replay_event",
        "resolve_operation",
        "lift_block",
        "add_note",
    ),
}
"""Each group may see bookings too. See docs/operations.md."""


def create_groups(apps, schema_editor):
    database = schema_editor.connection.alias
    if not router.allow_migrate(database, "auth", model_name="group"):
        return
    booking_app, booking = BOOKING_MODEL.split(".")
    # Django creates permissions after all migrations, which is too late for this one.
    for label in dict.fromkeys(("payments_graphql", booking_app)):
        app_config = apps.get_app_config(label)
        given = getattr(app_config, "models_module", None)
        app_config.models_module = given or True  # historical apps have none
        create_permissions(app_config, apps=apps, using=database, verbosity=0)
        app_config.models_module = given
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    for name, codenames in GROUPS.items():
        groups = apps.get_model("auth", "Group").objects.using(database)
        group, is_new = groups.get_or_create(name=name)
        if is_new:
            ours = Q(content_type__app_label="payments_graphql", codename__in=codenames)
            bookings = Q(content_type__app_label=booking_app, codename=f"view_{booking.lower()}")
            group.permissions.set(permissions.filter(ours | bookings))


class Migration(migrations.Migration):

    dependencies = [
        ("payments_graphql", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(create_groups, migrations.RunPython.noop, elidable=False),
    ]

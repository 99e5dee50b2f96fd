from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from payments_graphql.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _own_stripe(sandbox: Sandbox) -> None:
    """Each test has its own Stripe."""


def browse_as(user: User, *codenames: str) -> Client:
    """The browser of a user, who becomes staff with exactly these permissions if any are given."""
    if codenames:
        user.is_staff = True
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def staff_client(sam: User) -> Client:
    """Sam's browser."""
    return browse_as(sam)


@pytest.fixture
def viewer(db: None) -> User:
    """Staff who may view everything of ours but change nothing."""
    user = User.objects.create_user("vera", "vera@example.com", "travel", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="payments_graphql", codename__startswith="view_"
        )
    )
    return user


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    return browse_as(viewer)


def list_url(model: str) -> str:
    return reverse(f"admin:payments_graphql_{model}_changelist")


def page_url(row: Any) -> str:
    return reverse(f"admin:payments_graphql_{row._meta.model_name}_change", args=(row.pk,))


def refund_url(intent: Any) -> str:
    return reverse("admin:payments_graphql_stripepaymentintent_refund", args=(intent.pk,))


def action_url(intent: Any, name: str) -> str:
    return reverse(f"admin:payments_graphql_stripepaymentintent_{name}", args=(intent.pk,))


def fill_in(client: Client, url: str, **values: str) -> dict[str, str]:
    """What a browser sends in the end: the rendered form, with `values` entered, after the page has
    shown what the action means."""
    form = client.get(url).context["form"]
    given = {name: form[name].value() for name in form.fields}
    return (
        {name: str(value) for name, value in given.items() if value not in (None, False)}
        | values
        | {"confirmed": "yes"}
    )


def answer_url(dispute: Any) -> str:
    return reverse("admin:payments_graphql_stripedispute_answer", args=(dispute.pk,))


def accept_url(dispute: Any) -> str:
    return reverse("admin:payments_graphql_stripedispute_accept", args=(dispute.pk,))


def cancel_url(refund: Any) -> str:
    return reverse("admin:payments_graphql_striperefund_cancel", args=(refund.pk,))


def retry_url(event: Any) -> str:
    return reverse("admin:payments_graphql_stripewebhookevent_retry", args=(event.pk,))

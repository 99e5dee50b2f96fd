"""Who may see rows in the admin. Nobody can edit rows that the machine owns."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from tests.admin.rows import ALL, MACHINE_OWNED, get_name, make_payment

from .conftest import list_url, page_url


def test_every_model_of_the_admin_has_rows_here() -> None:
    shown = {model for model in site._registry if model.__module__.startswith("payments_graphql")}
    assert {model for model in shown if not model._meta.proxy} == set(ALL)


@pytest.mark.parametrize("model", MACHINE_OWNED, ids=get_name)
def test_rows_that_a_machine_owns_cannot_be_written(staff_client: Client, model: Any) -> None:
    make_payment(1)
    row = model.objects.get()
    before = model.objects.values().get()
    values = {field.name: "1" for field in model._meta.fields}
    assert staff_client.post(page_url(row), values).status_code == 403
    assert staff_client.post(f"{page_url(row)[:-7]}delete/", {"post": "yes"}).status_code == 403
    add = reverse(f"admin:payments_graphql_{get_name(model)}_add")
    assert staff_client.post(add, values).status_code == 403
    assert staff_client.get(add).status_code == 403
    staff_client.post(
        list_url(get_name(model)),
        {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"},
    )
    assert model.objects.values().get() == before
    page = staff_client.get(page_url(row)).text
    assert 'name="_save"' not in page


@pytest.mark.parametrize("model", MACHINE_OWNED, ids=get_name)
def test_not_even_a_superuser_may_write_them(model: Any, rf: Any, db: None) -> None:
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")
    model_admin = site.get_model_admin(model)
    assert model_admin.has_view_permission(request)
    assert not model_admin.has_add_permission(request)
    assert not model_admin.has_change_permission(request)
    assert not model_admin.has_delete_permission(request)


@pytest.mark.parametrize("model", ALL, ids=get_name)
def test_staff_without_permission_see_nothing(
    viewer: User, viewer_client: Client, model: Any
) -> None:
    intent = make_payment(1)
    viewer.user_permissions.clear()
    assert viewer_client.get(list_url(get_name(model))).status_code == 403
    assert viewer_client.get(page_url(model.objects.get())).status_code == 403
    index = viewer_client.get(reverse("admin:index"))
    assert f'"{list_url(get_name(model))}"' not in index.text
    assert intent.stripe_payment_intent_id not in index.text


def test_related_rows_are_shown_only_to_those_who_may_see_them(
    viewer: User, viewer_client: Client
) -> None:
    intent = make_payment(1)
    refund = page_url(intent.refunds.get())
    assert refund in viewer_client.get(page_url(intent)).text
    viewer.user_permissions.set(Permission.objects.filter(codename="view_stripepaymentintent"))
    page = viewer_client.get(page_url(intent))
    assert page.status_code == 200
    assert refund not in page.text

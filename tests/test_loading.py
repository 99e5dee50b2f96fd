"""Rows become the same instances as Django's own, faster."""

from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models.signals import post_init, pre_init
from django.test.utils import isolate_apps

from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.models.loading import FastLoadedModel

OURS = [model for model in apps.get_models() if issubclass(model, FastLoadedModel)]


def _load_both(model: type[models.Model], names: list[str]) -> tuple[Any, Any]:
    values = [f"value of {name}" for name in names]
    django: Any = models.Model.from_db
    return model.from_db("other", names, values), django.__func__(model, "other", names, values)


@pytest.mark.parametrize("model", OURS)
def test_it_is_the_instance_that_django_makes(model: type[models.Model]) -> None:
    names = [field.attname for field in model._meta.concrete_fields]
    lazy: dict[str, Any] = {"fields_cache": {}}
    for chosen in (names, names[:4]):
        ours, djangos = _load_both(model, chosen)
        assert type(ours) is type(djangos)
        assert ours.__dict__ | {"_state": None} == djangos.__dict__ | {"_state": None}
        assert lazy | vars(ours._state) == lazy | vars(djangos._state)
        assert ours.get_deferred_fields() == djangos.get_deferred_fields()


def test_related_rows_are_cached_and_replaced(db: None, booking: Booking, bob: Any) -> None:
    found = Booking.objects.select_related("user").get(pk=booking.pk)
    assert Booking.user.is_cached(found)  # type: ignore[attr-defined]  # a descriptor
    found.user_id = bob.pk
    assert found.user == bob
    found.save()
    assert Booking.objects.get(pk=booking.pk).user == bob


def test_a_deferred_column_is_read_when_it_is_asked_for(
    booking: Booking, django_assert_num_queries: Any
) -> None:
    found = Booking.objects.only("reference").get(pk=booking.pk)
    with django_assert_num_queries(1):
        assert found.description == booking.description


@pytest.mark.parametrize("signal", [pre_init, post_init])
def test_a_receiver_hears_of_each_instance(booking: Booking, signal: Any) -> None:
    heard: list[Any] = []

    def hear(**named: Any) -> None:
        heard.append(named["sender"])

    signal.connect(hear, sender=Booking)
    try:
        Booking.objects.get(pk=booking.pk)
    finally:
        signal.disconnect(hear, sender=Booking)
    assert heard == [Booking]


@isolate_apps("payments_graphql")
def test_what_a_sites_own_model_does_with_values_is_done() -> None:
    class Upper:
        def __get__(self, instance: Any, owner: Any) -> Any:
            return self if instance is None else instance.__dict__["name"]

        def __set__(self, instance: Any, value: str) -> None:
            instance.__dict__["name"] = value.upper()

    class UpperField(models.TextField):
        def contribute_to_class(self, cls: type, name: str, private_only: bool = False) -> None:
            super().contribute_to_class(cls, name, private_only)
            setattr(cls, name, Upper())

    class WithField(FastLoadedModel):
        name = UpperField()

        class Meta:
            app_label = "payments_graphql"

    class WithInit(FastLoadedModel):
        name = models.TextField()

        class Meta:
            app_label = "payments_graphql"

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.first_name = self.name

    assert WithField.from_db("default", ["id", "name"], [1, "lisbon"]).name == "LISBON"
    assert WithInit.from_db("default", ["id", "name"], [1, "Lisbon"]).first_name == "Lisbon"
    assert StripePaymentIntent in OURS

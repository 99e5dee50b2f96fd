"""A site's own booking model must have what a booking needs."""

import pytest
from django.db import models
from django.test.utils import isolate_apps

from payments_graphql import checks
from payments_graphql.models import AbstractBooking, BookingQuerySet


def _problems(model: type[models.Model]) -> str:
    return " ".join(checks.site._find_booking_problems(model))


@isolate_apps("payments_graphql")
def test_a_booking_model_of_the_sites_own_passes() -> None:
    class Order(AbstractBooking):
        class Meta:
            app_label = "payments_graphql"

    assert _problems(Order) == ""


@isolate_apps("payments_graphql")
@pytest.mark.parametrize(
    "name",
    ["reference", "user", "description", "amount", "currency", "canceled_at", "unchecked_since"],
)
def test_a_field_that_the_booking_model_lacks_is_named(name: str) -> None:
    class Order(AbstractBooking):
        class Meta:
            app_label = "payments_graphql"

    Order._meta.local_fields = [field for field in Order._meta.fields if field.name != name]
    Order._meta._expire_cache()
    assert f"'{name}'" in _problems(Order)


@isolate_apps("payments_graphql")
def test_an_amount_with_decimals_is_refused() -> None:
    class Order(AbstractBooking):
        amount = models.DecimalField(max_digits=10, decimal_places=2)

        class Meta:
            app_label = "payments_graphql"

    assert "minor units" in _problems(Order)


@isolate_apps("payments_graphql")
def test_a_manager_of_the_sites_own_should_mark_what_it_updates() -> None:
    class Order(AbstractBooking):
        current = models.Manager()
        late = models.Manager.from_queryset(BookingQuerySet)()

        class Meta:
            app_label = "payments_graphql"

    (warning,) = checks.site._find_unseen_updates(Order)

    assert warning.id == "payments_graphql.W060"
    assert "`Order.current.update()`" in warning.msg
    assert "BookingQuerySet" in (warning.hint or "")

"""Our tables, with no more columns than the page needs: the best case for model instances."""

from django.conf import settings
from django.db import models


class _Row(models.Model):
    id = models.UUIDField(primary_key=True)

    class Meta:
        abstract = True
        managed = False


class Customer(_Row):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    livemode = models.BooleanField()
    account = models.CharField()

    class Meta(_Row.Meta):
        db_table = "payments_graphql_stripecustomer"


class PaymentMethod(_Row):
    brand = models.CharField()
    last4 = models.CharField()

    class Meta(_Row.Meta):
        db_table = "payments_graphql_stripepaymentmethod"


class Booking(_Row):
    reference = models.CharField()

    class Meta(_Row.Meta):
        db_table = "payments_graphql_booking"


class PaymentIntent(_Row):
    customer = models.ForeignKey(Customer, models.PROTECT)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True)
    payment_method = models.ForeignKey(PaymentMethod, models.PROTECT, null=True)
    stripe_payment_intent_id = models.CharField(null=True)  # noqa: DJ001 (a column of ours)
    status = models.CharField()
    amount = models.BigIntegerField()
    currency = models.CharField()
    description = models.CharField()
    created_at = models.DateTimeField()

    class Meta(_Row.Meta):
        db_table = "payments_graphql_stripepaymentintent"


class Refund(_Row):
    payment_intent = models.ForeignKey(PaymentIntent, models.PROTECT, related_name="refunds")
    status = models.CharField()
    amount = models.BigIntegerField()
    currency = models.CharField()
    created_at = models.DateTimeField()

    class Meta(_Row.Meta):
        db_table = "payments_graphql_striperefund"

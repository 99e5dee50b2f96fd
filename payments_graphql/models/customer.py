import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from .former_users import OwnedModel, forget_user, is_signed_in
from .mirrored import MirroredModel
from .ours import OursQuerySet


class StripeCustomerQuerySet(OursQuerySet["StripeCustomer"]):
    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> "StripeCustomerQuerySet":
        """All generations: payments of a customer deleted at Stripe still belong to the user.

        Only of our mode and account, which limits everything that is listed by customer.
        """
        return self.ours().filter(user_id=user.pk) if is_signed_in(user) else self.none()

    def ids_for_user(self, user: AbstractBaseUser | AnonymousUser) -> list[uuid.UUID]:
        """Read first, so that lists filter by `customer_id` without a join to the user."""
        return list(self.for_user(user).values_list("pk", flat=True))


class StripeCustomer(OwnedModel, MirroredModel):
    """Links a user to a customer at Stripe: one at a time per mode and account, created with the
    first payment.

    If the customer is deleted at Stripe, the next payment creates another one, with a higher
    generation.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=forget_user,
        null=True,
        blank=True,
        related_name="payments_graphql_customers",  # unlikely to clash with a site's own models
        help_text="Empty once the user was deleted.",
    )
    stripe_customer_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    generation = models.PositiveIntegerField(default=1)
    default_payment_method = models.ForeignKey(
        "payments_graphql.StripePaymentMethod",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    deleted_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when nothing about the person is kept or written again.",
    )

    objects = StripeCustomerQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        permissions = (("erase_customer", "Can erase what is kept about a person"),)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "livemode", "account"),
                condition=models.Q(deleted_at=None),
                name="one_customer_per_user_and_mode",
            ),
            models.UniqueConstraint(
                fields=("user", "livemode", "account", "generation"),
                name="one_customer_per_generation",
            ),
        )

    @property
    def is_gone(self) -> bool:
        """Whether it can no longer pay: it was deleted at Stripe, its user was deleted here, or it
        is being erased."""
        return self.deleted_at is not None or self.erased_at is not None or self.user_id is None

    def __str__(self) -> str:
        return self.stripe_customer_id or f"new customer of user {self.user_id or self.former_user}"

import uuid
from collections.abc import Collection
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..kept_queries import KeptQueries
from .former_users import OwnedModel, forget_user, is_signed_in
from .mirrored import MirroredModel
from .ours import OursQuerySet, our_values

_ids_of_users = KeptQueries()


class StripeCustomerQuerySet(OursQuerySet["StripeCustomer"]):
    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> "StripeCustomerQuerySet":
        """All generations: payments of a customer deleted at Stripe still belong to the user.

        Only of our mode and account, which limits everything that is listed by customer.
        """
        return self.ours().filter(user_id=user.pk) if is_signed_in(user) else self.none()

    def ids_for_user(self, user: AbstractBaseUser | AnonymousUser) -> list[uuid.UUID]:
        """Read first, so that lists filter by `customer_id` without a join to the user."""
        if not is_signed_in(user):
            return []
        ours = tuple(our_values().values())
        return _ids_of_users.read(
            ours,
            [user.pk],
            lambda: StripeCustomer.objects.for_user(user).values_list("pk", flat=True),
        )


class OfCustomers:
    """Rows that belong to a customer, and so to the customer's user."""

    def of_customers(self, keys: Collection[uuid.UUID]) -> Self:
        """Rows of customers with these primary keys, whose mode and account decide."""
        raise NotImplementedError

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.of_customers(StripeCustomer.objects.ids_for_user(user))


class StripeCustomer(OwnedModel, MirroredModel):
    """Links a user to a customer at Stripe: one at a time per mode and account, created with the
    first payment.

    If the customer is deleted at Stripe, the next payment creates another one, with a higher
    generation.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=forget_user,
        null=True,
        blank=True,
        related_name="payments_graphql_customers",  # unlikely to clash with a site's own models
        help_text=_("Empty if the user was deleted."),
        db_index=False,  # another index begins with it
    )
    stripe_customer_id = models.CharField(
        verbose_name=_("Stripe id"), max_length=255, unique=True, null=True, blank=True
    )
    generation = models.PositiveIntegerField(verbose_name=_("generation"), default=1)
    default_payment_method = models.ForeignKey(
        "payments_graphql.StripePaymentMethod",
        verbose_name=_("default payment method"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    deleted_at = models.DateTimeField(verbose_name=_("deleted at"), null=True, blank=True)
    erased_at = models.DateTimeField(
        verbose_name=_("erased at"),
        null=True,
        blank=True,
        help_text=_("When the personal data was erased. None is stored after that."),
    )

    unblocked_at = models.DateTimeField(
        verbose_name=_("unblocked at"),
        null=True,
        blank=True,
        help_text=_(
            "When a person lifted the block for suspected card testing. Failed attempts before "
            "that do not count."
        ),
    )

    objects = StripeCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("-created_at", "-id")
        default_permissions = ("view",)
        permissions = (
            ("see_personal_data", "Can see names and e-mail addresses in full"),
            ("lift_block", "Can lift a block for suspected card testing"),
            ("erase_customer", "Can erase everything stored about a person"),
        )
        indexes = (
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("-created_at", "-id")),  # of all modes, in the admin
        )
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

"""Who pays: masked, or in full for those who may see it."""

from dataclasses import dataclass

from django.utils.translation import gettext

from ... import people
from ...policy import get_policy
from .. import columns
from .case import Case
from .state import format_moment

__all__ = ["Payer", "describe_payer", "may_reveal"]


@dataclass(frozen=True)
class Payer:
    """`details` are texts such as the username, in full."""

    name: str
    email: str
    details: tuple[str, ...] = ()


def describe_payer(case: Case) -> Payer:
    customer = case.intent.customer
    user = customer.user
    if customer.erased_at is not None:
        moment = format_moment(customer.erased_at)
        return Payer(gettext("Personal data erased on %(moment)s") % {"moment": moment}, "")
    if user is None:
        return Payer(gettext("Deleted user"), "")
    if not case.is_revealed:
        return Payer(_mask_name(people.get_name(user)), columns.mask_email_of(user))
    username = gettext("Username: %(name)s") % {"name": user.get_username()}
    details = [username]
    receipt = case.intent.receipt_email
    if receipt and receipt != people.get_email(user):
        details.append(gettext("Receipt to: %(email)s") % {"email": receipt})
    return Payer(people.get_name(user), people.get_email(user), tuple(details))


def may_reveal(case: Case) -> bool:
    """Whether the person may see more than the page shows now."""
    customer = case.intent.customer
    return (
        not case.is_revealed
        and customer.user is not None
        and customer.erased_at is None
        and get_policy().may_see_personal_data(case.person)
    )


def _mask_name(name: str) -> str:
    """ "A••• E•••" of "Alice Example"."""
    return " ".join(f"{word[0]}•••" for word in name.split())

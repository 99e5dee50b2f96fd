"""Checks free-form input. Names the invalid field before Stripe is called."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from .. import people
from ..conf import conf
from ..errors import ValidationError
from ..texts import is_storable

METADATA_PREFIX = "payments_"
"""The prefix of our own keys at Stripe. Callers must not use it."""


MAXIMUM_DESCRIPTION = 1000


def check_description(description: str) -> str:
    if len(description) > MAXIMUM_DESCRIPTION:
        raise ValidationError(
            _("Description must be at most %(maximum)s characters.")
            % {"maximum": MAXIMUM_DESCRIPTION},
            path=("description",),
        )
    return check_text(description, "description")


def check_email(email: str | None) -> str | None:
    if email and not _is_address(email):
        raise ValidationError(
            _("Receipt e-mail must be an e-mail address, such as name@example.com."),
            path=("receiptEmail",),
        )
    return email


def get_usable_email(user: AbstractBaseUser) -> str:
    """The user's own e-mail address, or an empty text if Stripe would clearly reject it. If Stripe
    rejects it anyway, it is left out: see Note [Nobody asked for it]."""
    email = people.get_email(user)
    return email if _is_address(email) else ""


def _is_address(email: str) -> bool:
    """Stricter than Django, which accepts `someone@localhost`. Stripe does not send e-mail
    there."""
    try:
        validate_email(email)
    except DjangoValidationError:
        return False
    return "." in email.rpartition("@")[2]


def check_metadata(
    metadata: Mapping[str, str] | None, *, may_be_empty: bool = False
) -> dict[str, str]:
    """https://docs.stripe.com/metadata allows 50 keys of 40 characters and values of 500. We need
    some of the keys."""
    checked = dict(metadata or {})
    if len(checked) > 40:
        raise ValidationError(_("Metadata must have at most 40 entries."), path=("metadata",))
    for key, value in checked.items():
        if not isinstance(key, str) or not 1 <= len(key) <= 40 or "[" in key or "]" in key:
            raise ValidationError(
                _("Metadata keys must have 1 to 40 characters and no square brackets."),
                path=("metadata",),
            )
        if key.startswith(METADATA_PREFIX):
            raise ValidationError(
                _("Metadata keys must not start with %(prefix)s.")
                % {"prefix": repr(METADATA_PREFIX)},
                path=("metadata",),
            )
        if not isinstance(value, str) or len(value) > 500 or not (value or may_be_empty):
            raise ValidationError(
                _("Metadata values must be strings of 1 to 500 characters."), path=("metadata",)
            )
        check_text(key, "metadata")
        check_text(value, "metadata")
    return checked


def check_return_url(url: str) -> str:
    """Accepts only the site's own pages. An open redirect would help phishers."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as brackets without an address
        origin = ""
    else:
        origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in conf.PAYMENTS_RETURN_URLS:
        raise ValidationError(
            _("Return URL must start with one of the origins in the setting PAYMENTS_RETURN_URLS."),
            path=("returnUrl",),
        )
    return url


def check_text(text: str, field: str) -> str:
    if not is_storable(text):
        raise ValidationError(
            _("%(field)s must not contain NUL or unpaired surrogate characters.")
            % {"field": field.capitalize()},
            path=(field,),
        )
    return text

"""django-rest-knox's tokens, checked with one statement, which is kept: see Note [Kept SQL].

knox itself reads all tokens of the user with each request, to delete those that have expired. Here
an expired token is only refused, and the others are deleted when their user signs in at
`api/auth/login/`.
"""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from knox.settings import CONSTANTS, knox_settings
from rest_framework.exceptions import AuthenticationFailed

from .kept_queries import KeptQueries

__all__ = ["TokenAuthentication", "delete_expired_tokens"]

_tokens = KeptQueries()


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]  # knox has no types
    def authenticate_credentials(self, token: bytes) -> tuple[AbstractBaseUser, Any]:
        try:
            text = token.decode()
            digest = hash_token(text)
        except ValueError:  # includes the errors of binascii and Unicode
            raise AuthenticationFailed from None
        for stored in _list_by_key(text[: CONSTANTS.TOKEN_KEY_LENGTH]):
            has_expired = stored.expiry is not None and stored.expiry < timezone.now()
            if constant_time_compare(digest, stored.digest) and not has_expired:
                if knox_settings.AUTO_REFRESH and stored.expiry is not None:
                    self.renew_token(stored)
                found: tuple[AbstractBaseUser, Any] = self.validate_user(stored)
                return found
        raise AuthenticationFailed


def _list_by_key(key: str) -> list[Any]:
    model = get_token_model()
    return _tokens.read(
        model, [key], lambda: model.objects.filter(token_key=key).select_related("user")
    )


def delete_expired_tokens(user: AbstractBaseUser) -> None:
    get_token_model().objects.filter(user_id=user.pk, expiry__lt=timezone.now()).delete()

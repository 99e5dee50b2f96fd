"""django-rest-knox's tokens, checked with one statement.

knox itself reads all tokens of the user with each request, to delete those that have expired. Here
an expired token is only refused, and the others are deleted when their user signs in at
`api/auth/login/`.
"""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.models import get_token_model

__all__ = ["TokenAuthentication", "delete_expired_tokens"]


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]  # knox has no types
    def _cleanup_token(self, auth_token: Any) -> bool:
        """Whether the token has expired."""
        return auth_token.expiry is not None and bool(auth_token.expiry < timezone.now())


def delete_expired_tokens(user: AbstractBaseUser) -> None:
    get_token_model().objects.filter(user_id=user.pk, expiry__lt=timezone.now()).delete()

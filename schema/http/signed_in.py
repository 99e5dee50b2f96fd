"""Is the person of a stream still signed in?"""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user, get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest

from .authentication import BadTokenError, get_token_user, split_authorization


@dataclass(frozen=True, slots=True)
class SignIn:
    """How somebody signed in, to look again later: by token, by session, or by the site's own
    middleware, which cannot be asked again; then it counts whether the user is still active."""

    user_pk: Any
    authorization: str = field(default="", repr=False)
    session_key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, request: HttpRequest) -> "SignIn":
        """Of a request that `authenticate` has let pass, with a user."""
        if split_authorization(request)[0] == "token":
            return cls(request.user.pk, authorization=request.headers["Authorization"])
        session = getattr(request, "session", None)
        if session is not None and session.get(SESSION_KEY) == str(request.user.pk):
            return cls(request.user.pk, session_key=session.session_key)
        return cls(request.user.pk)

    def find_user(self) -> AbstractBaseUser | None:
        """None when signed out, expired, deactivated, or another has signed in since."""
        user = self._find()
        if user is None or isinstance(user, AnonymousUser) or user.pk != self.user_pk:
            return None
        return user

    def _find(self) -> AbstractBaseUser | AnonymousUser | None:
        request = HttpRequest()
        if self.authorization:
            request.META["HTTP_AUTHORIZATION"] = self.authorization
            try:
                return get_token_user(request)[0]
            except BadTokenError:
                return None
        if self.session_key is not None:
            store = import_module(settings.SESSION_ENGINE).SessionStore
            request.session = store(self.session_key)
            return get_user(request)
        user = get_user_model()._default_manager.filter(pk=self.user_pk).first()
        return user if user is not None and user.is_active else None

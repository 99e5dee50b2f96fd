"""Checks whether the user of a stream is still signed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest

from payments_graphql.header_authentication import BadTokenError, find_by_classes

from .authentication import is_by_session


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a user signed in, to check it again later: by session, by an authentication class, or by
    the site's own middleware. The last cannot be asked again; then the user must still be active.
    """

    user_pk: Any
    session_key: str | None = field(default=None, repr=False)
    meta: Mapping[str, Any] | None = field(default=None, repr=False)
    cookies: Mapping[str, str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, request: HttpRequest) -> "SignIn":
        """The sign-in of a request that `authenticate` has accepted."""
        if find_by_classes(request) is not None:
            meta = {name: text for name, text in request.META.items() if name.startswith("HTTP_")}
            return cls(request.user.pk, meta=meta, cookies=request.COOKIES)
        if is_by_session(request):
            return cls(request.user.pk, session_key=request.session.session_key)
        return cls(request.user.pk)

    def find_user(self) -> AbstractBaseUser | None:
        """Returns None if the user has signed out, was deactivated, or is another one by now, or if
        the sign-in has expired."""
        user = self._find()
        if user is None or isinstance(user, AnonymousUser) or user.pk != self.user_pk:
            return None
        return user

    def _find(self) -> AbstractBaseUser | AnonymousUser | None:
        request = HttpRequest()
        if self.meta is not None:
            request.META.update(self.meta)
            request.COOKIES = dict(self.cookies or {})
            try:
                return find_by_classes(request)
            except BadTokenError:
                return None
        if self.session_key is not None:
            store = import_module(settings.SESSION_ENGINE).SessionStore
            request.session = store(self.session_key)
            return get_user(request)
        user = get_user_model()._default_manager.filter(pk=self.user_pk).first()
        return user if user is not None and user.is_active else None

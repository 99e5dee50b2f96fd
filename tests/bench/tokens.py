"""Tokens for the requests of a program."""

from typing import Any


def make_token(user: Any) -> str:
    from knox.models import get_token_model

    _stored, token = get_token_model().objects.create(user=user)
    return str(token)

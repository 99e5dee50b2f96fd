"""Where a host has put our views: below a prefix or a language, in a namespace, or nowhere."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.urls import NoReverseMatch, Resolver404, URLResolver, get_resolver, resolve, reverse
from django.utils.translation import get_language_from_path, override


def leads_to(path: str, view: Callable[..., Any]) -> bool:
    """Whether a request for `path` reaches this very view, in any language of the site."""
    if _resolve(path) is view:
        return True
    language = get_language_from_path(path)
    if language is None:
        return False
    with override(language):
        return _resolve(path) is view


def _resolve(path: str) -> object:
    try:
        return resolve(path).func
    except Resolver404:
        return None


def find_paths(is_view: Callable[[Any], bool]) -> Iterator[str]:
    """The paths of named patterns whose view fits, in the order of the URLconf. Those that take
    arguments are left out."""
    for name in _find_names(get_resolver().url_patterns, is_view, ""):
        with suppress(NoReverseMatch):
            yield reverse(name)


def find_path(view: Callable[..., Any]) -> str | None:
    return next(find_paths(lambda one: one is view), None)


def _find_names(
    patterns: Iterable[Any], is_view: Callable[[Any], bool], namespace: str
) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            own = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from _find_names(pattern.url_patterns, is_view, namespace + own)
        elif pattern.name and is_view(pattern.callback):
            yield namespace + pattern.name

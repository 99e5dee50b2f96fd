"""Finds our views in the site's URLconf, which may add a prefix, a language or a namespace."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.urls import NoReverseMatch, Resolver404, URLResolver, get_resolver, resolve, reverse
from django.utils.translation import get_language_from_path, override


def leads_to(path: str, view: Callable[..., Any]) -> bool:
    """Whether a request for `path` reaches exactly this view, in any language of the site."""
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


def has_url(is_view: Callable[[Any], bool]) -> bool:
    return any(is_view(callback) for _, callback in _walk(get_resolver().url_patterns))


def find_paths(is_view: Callable[[Any], bool]) -> Iterator[str]:
    """The paths of all matching views, in the order of the URLconf. Skips patterns without a name
    and patterns with arguments."""
    for name, callback in _walk(get_resolver().url_patterns):
        if name and is_view(callback):
            with suppress(NoReverseMatch):
                yield reverse(name)


def find_path(view: Callable[..., Any]) -> str | None:
    return next(find_paths(lambda one: one is view), None)


def _walk(patterns: Iterable[Any], namespace: str = "") -> Iterator[tuple[str | None, Any]]:
    """Yields each pattern's name, with its namespaces, and its view."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            own = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from _walk(pattern.url_patterns, namespace + own)
        else:
            yield pattern.name and f"{namespace}{pattern.name}", pattern.callback

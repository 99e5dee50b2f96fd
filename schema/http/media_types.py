"""The two media types of responses, and how to choose one."""

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"


def choose_media_type(accept: str) -> str | None:
    """Chooses by the `Accept` header: the media type with the highest q-value, or None if neither
    is accepted.

    If both are equal, the one that is named wins; if none is named, `application/json`.
    """
    if not accept.strip():
        return JSON
    ranges = [_parse_range(part) for part in accept.split(",")]
    best: tuple[float, int, str] = (0.0, 0, "")
    for media_type, when_named, otherwise in ((GRAPHQL_RESPONSE, 3, 0), (JSON, 2, 1)):
        patterns = (media_type, "application/*", "*/*")
        matching = [
            (patterns.index(name), -quality) for name, quality in ranges if name in patterns
        ]
        # The most specific range wins.
        place, negative = min(matching, default=(0, 0.0))
        best = max(best, (-negative, otherwise if place else when_named, media_type))
    return best[2] if best[0] > 0 else None


def parse_media_type(text: str) -> tuple[str, dict[str, str]]:
    """The name and its parameters, in lower case."""
    name, *rest = text.lower().split(";")
    parameters = (part.partition("=") for part in rest)
    return name.strip(), {key.strip(): value.strip(' "') for key, _, value in parameters}


def is_utf8(parameters: dict[str, str]) -> bool:
    """Whether the charset is UTF-8, which is also the default."""
    return parameters.get("charset", "utf-8") in ("utf-8", "utf8")


def _parse_range(text: str) -> tuple[str, float]:
    """A media range and its q-value, which is 0 if it is invalid."""
    name, parameters = parse_media_type(text)
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        return name, 0.0
    return name, quality if is_utf8(parameters) and 0 <= quality <= 1 else 0.0

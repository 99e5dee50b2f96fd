from .. import without_geometry  # noqa: F401 (before strawberry-django is imported)

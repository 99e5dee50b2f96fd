"""Imports strawberry-django without a search for GDAL.

strawberry-django imports Django's geometry, if it can, from two modules. Each time Django looks for
13 names of GDAL's library, and runs other programs for each: about 0.6 of the 4 seconds that a
start takes. A site with geometry has the app `django.contrib.gis`, and nothing changes for it.
"""

import ctypes.util

from django.conf import settings


def _find_nothing(name: str) -> None:
    del name


if "django.contrib.gis" not in settings.INSTALLED_APPS:
    _find_library = ctypes.util.find_library
    ctypes.util.find_library = _find_nothing
    try:
        import strawberry_django  # noqa: F401 (imported for the others)
    finally:
        ctypes.util.find_library = _find_library

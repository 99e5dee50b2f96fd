#!/usr/bin/env python
"""Django's command line, under `DJANGO_SETTINGS_MODULE` of the environment or of `.env`.

Without it, `test` runs under the test settings and everything else under development.
"""

import os
import sys

from settings.environment import choose_settings


def main() -> None:
    if sys.argv[1:2] == ["test"]:
        # Not by `.env`: tests never run under the settings of a site.
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.testing")
    choose_settings("settings.development")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

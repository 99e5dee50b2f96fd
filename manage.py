#!/usr/bin/env python
"""Django's command line. `test` runs under the test settings, everything else under development."""

import os
import sys


def main() -> None:
    testing = sys.argv[1:2] == ["test"]
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", "settings.testing" if testing else "settings.development"
    )
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

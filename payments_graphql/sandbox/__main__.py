"""`python -m payments_graphql.sandbox`."""

import sys

from payments_graphql.sandbox.command_line import main

sys.exit(main())

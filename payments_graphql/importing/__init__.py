"""Imports existing data from Stripe, for a site that used Stripe before it installed this app.

Note [Whose customer]
Everything at Stripe belongs to a customer, so an import first matches customers to users: those
that we know or created (by our own metadata), then by what the site says about its earlier
integration (`Matching`). Objects of unmatched customers are counted and skipped.
A user has one customer at a time. A customer that the user already has here stays. If several match
a user without one, the import takes the newest that has a payment or a saved method: Stripe lists
the newest first, and the earlier integration used it last. The other customers are counted and
skipped with everything that belongs to them, since Stripe cannot merge two customers.

Note [History sends no signals]
New rows about what happened before the customer was known here send no signal: nobody wants e-mails
about last year's payments. Everything else sends signals as usual, including changes of rows that
already exist.

`mirror` applies everything, so importing twice changes nothing.
"""

from .importer import Import
from .lists import LISTS, StripeList
from .matching import Matching
from .tally import Tally

__all__ = ["LISTS", "Import", "Matching", "StripeList", "Tally"]

"""Import what exists at Stripe already, for a site that used Stripe before it installed this.

Note [Whose customer]
Everything at Stripe hangs on a customer, so an import first finds out which customers are whose:
those that we know or made (by our own metadata), then by what the site says about its earlier
integration (`Matching`). What hangs on nobody's customer is counted and left out.
A user has one customer at a time. One that the user has here stays. Where several at Stripe match a
user who has none, the newest that has a payment or a saved method is taken: Stripe lists the newest
first, and it is the one that the earlier integration used last. The others are left out with
everything of theirs, and counted, as two customers cannot be made one at Stripe.

Note [History is not news]
What is new to us, and happened before its customer was known here, is recorded without a signal:
nobody wants e-mails about payments of last year. Everything else is told as ever, what has moved in
rows that we have included.

Everything is applied by `mirror`, so that importing twice changes nothing.
"""

from .importer import Import
from .lists import LISTS, StripeList
from .matching import Matching
from .tally import Tally

__all__ = ["LISTS", "Import", "Matching", "StripeList", "Tally"]

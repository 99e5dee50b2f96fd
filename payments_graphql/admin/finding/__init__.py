"""Finds rows by whatever a person holds: an id, an e-mail address, a name, a booking reference, the
last four digits, an amount, a part of a description, a link.

Note [Searching by index]
Django's `search_fields` joins every table and compares with OR, which reads all rows. Here the form
of the text says what it can mean (`terms`). Each meaning is a condition that an index answers
(`meanings`), and each is asked on its own. Meanings that find nothing cost one look-up. If one
finds many rows, the list itself applies it, newest first, and reads no more than it shows. If
several do, each contributes its newest `MOST_ROWS`.

Words narrow each other: "4242 310" is a payment of 310 by a card that ends in 4242.
"""

from .searching import MOST_ROWS, search

__all__ = ["MOST_ROWS", "search"]

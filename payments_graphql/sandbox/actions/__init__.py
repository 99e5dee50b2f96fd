"""What people do to an object by hand.

`kinds.py` declares the actions of each type of object, `performing.py` does them. Where Stripe's
API can do it, an action is a request to the API.
"""

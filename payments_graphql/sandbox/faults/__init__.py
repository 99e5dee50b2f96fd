"""What goes wrong on demand: for one request by its header, for many until they are cleared.

`kinds.py` says what there is, `registry.py` holds what is on, `answers.py` and `webhooks.py` do it.
"""

"""Faults on demand: a header applies one to a single request, others stay active until removed.

`kinds.py` lists the kinds, `registry.py` keeps the active faults, and `answers.py` and
`webhooks.py` apply them.
"""

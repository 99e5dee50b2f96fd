"""Granian whose workers are forked after the site was imported: `python -m tests.bench.preloading`,
with granian's arguments.

Granian imports the application in each worker. Here it finds the one that its main process has
imported, whose memory the workers share until they write to it.
"""

import multiprocessing

from granian.cli import entrypoint

if __name__ == "__main__":
    multiprocessing.set_start_method("fork")  # others share nothing
    import settings.wsgi  # noqa: F401 (its memory is shared)

    entrypoint()

"""dj-stripe's webhook, in an environment of its own, which `tests.bench.peer_environment` makes."""

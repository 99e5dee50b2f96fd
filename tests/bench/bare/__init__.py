"""The least that a webhook endpoint can do: verify, parse, insert. What ours is compared with."""

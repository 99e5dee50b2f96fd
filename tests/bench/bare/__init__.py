"""A minimal webhook endpoint, to compare ours with: verify, parse, insert."""

from tests.schema.conftest import as_alice, global_id

__all__ = ["as_alice", "global_id"]

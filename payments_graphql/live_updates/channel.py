CHANNEL = "payments_graphql_updates"
"""The name under which PostgreSQL tells of changes, to those that LISTEN."""

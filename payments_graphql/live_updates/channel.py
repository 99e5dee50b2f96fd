CHANNEL = "payments_graphql_updates"
"""The channel of NOTIFY and LISTEN."""

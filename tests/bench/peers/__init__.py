"""The same pages of payments as ours, as others write them. All answer the same bytes of data."""

"""Stored records as the wire shows them."""

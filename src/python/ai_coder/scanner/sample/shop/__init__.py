"""A shop: something to scan."""

"""Traces without a chain: made from a peak and a mix, or from an access log."""

"""Calls made up from an OpenAPI description."""

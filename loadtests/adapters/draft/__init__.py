"""Begins an adapter from what there is of a platform: a recording, a description, a collection."""

from loadtests.adapters.draft.file import Draft, draft

__all__ = ["Draft", "draft"]

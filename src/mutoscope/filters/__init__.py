"""Filters: feed-forward networks, trained from one style picture each, that paint many frames a second."""

__all__: list[str] = []

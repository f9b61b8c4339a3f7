"""What a person gets of a sorted folder: a page to look at, tables, and numbers to search in."""

__all__: list[str] = []

"""Keyframe mode: one painted frame, carried through its shot."""

__all__: list[str] = []

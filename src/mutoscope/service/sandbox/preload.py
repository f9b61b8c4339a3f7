"""What the sandbox's nursery loads before it forks: all that its tasks use."""

from mutoscope.service.sandbox.tasks import frames, look, numbers, sights, texts, verify, waveform, weights

__all__ = ["frames", "look", "numbers", "sights", "texts", "verify", "waveform", "weights"]

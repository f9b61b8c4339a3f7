"""Measure: numbers about a film, for people and benchmarks."""

"""From sound to words: engines, turns, and who is who."""

VERSION = 5
"""Part of every transcript's fingerprint: raise it when the same recording would give other words or times."""

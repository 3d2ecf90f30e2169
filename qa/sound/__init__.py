"""Samples and what can be told from them without understanding a word: decoding, speech activity, bleed."""

VERSION = 2
"""Part of the fingerprint of everything that listens: raise it when spans or samples change."""

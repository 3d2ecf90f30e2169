"""What a recogniser writes: words, what it wavered between, and what of it is not believed."""

from __future__ import annotations

import msgspec

from qa.span import Span


class Word(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the recogniser calls a word: often one character. Punctuation hangs on the word before it."""

    text: str
    span: Span
    confidence: float
    """0 to 1, the recogniser's own probability; 1 in a sidecar that gives none."""


class Alternative(msgspec.Struct, frozen=True, array_like=True):
    """What the recogniser would have written next in place of some words of a track."""

    span: Span
    """From the start of the first of these words to the end of the last."""
    heard: str
    """What stands there, only what is spoken, before hotwords."""
    text: str
    """What might have been said instead, only what is spoken; may be empty."""
    gap: float
    """In nats, how much likelier the recogniser found the text that it wrote; near 0 it hardly knew, below 0 its rule for
    the length of a text decided."""


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """Text that the recogniser produced and we do not believe."""

    channel: int
    span: Span
    text: str
    reason: str
    """One of: no_speech, loop, hallucination. Bleed and music are never decoded; see `Track`."""

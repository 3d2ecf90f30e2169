"""What has to be certain before it may cost a point, and what reports must hide: `trust:` and `privacy:` of the rubric."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustLimits:
    """Below these, a person decides."""

    LABEL = "trust"

    min_role_confidence: float = 0.6
    min_word_confidence: float = 0.3
    """A finding whose quoted words have a lower mean confidence goes to a person."""
    unheard_ms: int = 800
    """So much speech without words where something was due: it may have been said."""
    max_garbled_share: float = 0.22
    """Share of words (0 to 1) below a confidence of one half, where something was due: beyond it, it may have been
    said. Such words are wrong one time in three; of all words, one in ten is such."""


USUAL_LIMITS = TrustLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """`privacy:` of the rubric: what reports hide besides numbers that identify a person, which they always hide."""

    LABEL = "privacy"

    mask_customer_names: bool = False


USUAL_PRIVACY = Privacy()

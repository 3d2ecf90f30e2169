"""Hides in words what identifies a person."""

from __future__ import annotations

from qa.masking.numbers import MASK, mask, mask_turns
from qa.masking.veil import Veil

__all__ = ["MASK", "Veil", "mask", "mask_turns"]

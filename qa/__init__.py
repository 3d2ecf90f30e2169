"""Open-source quality inspection of call recordings (通话录音质检)."""

__version__ = "0.1.0"

"""From files and a call list to recordings: what is there, whose it is, and what is wrong with it."""

from qa.ingest.intake import intake
from qa.ingest.recordings import AUDIO_SUFFIXES
from qa.ingest.records import AudioFacts, Duplicate, Intake, Problem

VERSION = 1
"""Raise it when the same files and the same call list would give other recordings."""

__all__ = ["AUDIO_SUFFIXES", "VERSION", "AudioFacts", "Duplicate", "Intake", "Problem", "intake"]

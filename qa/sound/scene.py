"""Says what is in a recording before a word is understood: its layout, and who speaks when in each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from qa.sound.activity import speech_spans
from qa.sound.bleed import own_speech
from qa.sound.layout import is_dead, is_fake_stereo
from qa.span import Span, subtract

if TYPE_CHECKING:
    import numpy as np


class Voice(msgspec.Struct, frozen=True):
    """One channel that is listened to."""

    channel: int
    speech: tuple[Span, ...]
    """Its own, without what it hears of the others."""
    bleed: tuple[Span, ...]
    """What voice activity saw there and belongs to another channel."""


class Scene(msgspec.Struct, frozen=True):
    """What a recording holds."""

    layout: str
    """mono, stereo, or fake_stereo (one signal stored twice: only the first channel is listened to)."""
    voices: tuple[Voice, ...]
    notes: tuple[str, ...]
    """In Chinese, for people."""


def survey(channels: np.ndarray) -> Scene:
    """`channels`: int16, (channels, samples), 16 kHz."""
    if channels.shape[0] == 1:
        return Scene("mono", (Voice(0, speech_spans(channels[0]), ()),), _silent(channels))
    if is_fake_stereo(channels):
        note = "两个声道内容相同(单声道存成了双声道),按单声道处理"
        voice = Voice(0, speech_spans(channels[0]), ())
        return Scene("fake_stereo", (voice,), (note,))
    # A dead channel has no voice, but voice activity amplifies what little it has.
    heard = [() if is_dead(channel) else speech_spans(channel) for channel in channels]
    own = own_speech(channels, heard)
    voices = tuple(Voice(i, own[i], subtract(heard[i], own[i])) for i in range(len(heard)))
    return Scene("stereo", voices, _silent(channels))


def _silent(channels: np.ndarray) -> tuple[str, ...]:
    dead = [i for i, channel in enumerate(channels) if is_dead(channel)]
    if len(dead) == channels.shape[0]:
        return ("整个录音没有声音",)
    return tuple(f"声道 {i + 1} 没有声音" for i in dead)

"""Says what is in a recording before a word is understood: its layout, and who speaks when in each channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from qa.model import Track, Word
from qa.sound.activity import speech_spans
from qa.sound.bleed import own_speech
from qa.sound.layout import is_dead, is_fake_stereo
from qa.sound.music import apart
from qa.span import Span, clock, subtract, total_ms

if TYPE_CHECKING:
    import numpy as np


class Voice(msgspec.Struct, frozen=True):
    """One channel that is listened to."""

    channel: int
    speech: tuple[Span, ...]
    """Its own, without what it hears of the others."""
    bleed: tuple[Span, ...]
    """What voice activity saw there and belongs to another channel."""
    music: tuple[Span, ...] = ()
    """Hold music, ring-back and other steady tones: nobody's, and not in `speech`."""
    dead: bool = False
    """Never loud enough for a voice."""

    def heard(self, words: Iterable[Word], unheard: Iterable[Span]) -> Track:
        """This channel with what was understood of it."""
        return Track(
            channel=self.channel,
            speech=self.speech,
            words=tuple(words),
            unheard=tuple(unheard),
            bleed=self.bleed,
            music=self.music,
            dead=self.dead,
        )


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
        voice = _alone(channels[0])
        return Scene("mono", (voice,), (*_silent(channels), *_musical([voice])))
    if is_fake_stereo(channels):
        note = "两个声道内容相同(单声道存成了双声道),按单声道处理"
        voice = _alone(channels[0])
        return Scene("fake_stereo", (voice,), (note, *_musical([voice])))
    # A dead channel has no voice, but voice activity amplifies what little it has.
    dead = [is_dead(channel) for channel in channels]
    listened = [
        ((), ()) if silent else apart(channel, speech_spans(channel))
        for channel, silent in zip(channels, dead, strict=True)
    ]
    heard = [speech for speech, _ in listened]
    own = own_speech(channels, heard)
    voices = tuple(Voice(i, own[i], subtract(heard[i], own[i]), listened[i][1], dead[i]) for i in range(len(heard)))
    return Scene("stereo", voices, (*_silent(channels), *_musical(voices)))


def _alone(samples: np.ndarray) -> Voice:
    speech, music = apart(samples, speech_spans(samples))
    return Voice(0, speech, (), music, is_dead(samples))


def _musical(voices: Sequence[Voice]) -> tuple[str, ...]:
    return tuple(
        f"声道 {voice.channel + 1} 有 {total_ms(voice.music) / 1000:.0f} 秒音乐或提示音（{clock(voice.music[0].start_ms)} 起），不算任何人说的"
        for voice in voices
        if voice.music
    )


def _silent(channels: np.ndarray) -> tuple[str, ...]:
    dead = [i for i, channel in enumerate(channels) if is_dead(channel)]
    if len(dead) == channels.shape[0]:
        return ("整个录音没有声音",)
    return tuple(f"声道 {i + 1} 没有声音" for i in dead)

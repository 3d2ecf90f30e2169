"""Reads a transcript lying beside the recording: samples, tests, other vendors' recognisers.

For `calls/0001.mp3` that is `calls/0001.transcript.json` or `calls/0001.mp3.transcript.json`:

    {
      "engine": "vendor-asr 3.1",              optional: who recognised it
      "speech_from": "audio",                  optional: "audio" or "turns", see below
      "turns": [
        {"role": "agent",                      agent, customer or other; may be left out where `channel` is given
         "channel": 0,                         counted from 0; may be left out where `role` is given, or on mono
         "start_ms": 1180, "end_ms": 4020,     whole milliseconds from the start of the recording
         "text": "您好,很高兴为您服务",          may be left out where there are words
         "words": [{"text": "您", "start_ms": 1180, "end_ms": 1300, "confidence": 0.93}]     optional
        }
      ]
    }

A turn without words gets times spread evenly by syllable (over its sound, where that is known); a turn whose text is empty is speech that nobody could make
out. `speech_from` says where speech activity (pauses, rates, overlaps) comes from: the sound itself, which is the
default wherever the recording can be decoded, or the spans of the turns. Unknown keys are errors: a misspelt
`confidence` would otherwise count as full confidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import CallError
from qa.model import Recording, Role, Track, Transcript
from qa.span import Span, common, merge, subtract, total_ms
from qa.transcribe.sidecar_format import SidecarFile, SpokenTurn, parse
from qa.transcribe.spread import words_of

if TYPE_CHECKING:
    from qa.transcribe.engine import EngineOptions

UNHEARD_MS = 500
"""Speech of this length outside every turn counts as unheard (`Track.unheard`)."""
_NEAR_MS = 300
"""Other vendors' turn bounds are this loose: speech so close to a turn is heard with it."""

Speech = Sequence[Sequence[Span]]
"""For each channel, where somebody speaks."""


class SidecarEngine:
    """Takes the transcript from the file beside the recording; recognises nothing itself."""

    def __init__(self, options: EngineOptions | None = None) -> None:
        """Every engine is made with options; none of them concerns this one."""

    def transcribe(self, recording: Recording) -> Transcript:
        """Raises `CallError` (sidecar-missing, sidecar-unreadable, sidecar-invalid, or an audio slug)."""
        path = sidecar_of(Path(recording.path))
        if path is None:
            stem = Path(recording.path).stem
            raise CallError(f"录音旁边没有转写稿，应当有 {stem}.transcript.json", slug="sidecar-missing")
        sidecar = parse(path, recording)
        engine = f"sidecar:{sidecar.engine}" if sidecar.engine else "sidecar"
        return transcript_from_turns(sidecar.turns, recording, engine=engine, speech=_speech(sidecar, recording))


def sidecar_of(recording: Path) -> Path | None:
    """The transcript beside a recording, or None. The longer name wins: it tells two equal stems apart."""
    for name in (f"{recording.name}.transcript.json", f"{recording.stem}.transcript.json"):
        if (path := recording.with_name(name)).is_file():
            return path
    return None


def sidecar_sha256(recording: Path) -> str:
    """Hash of the transcript beside a recording, empty without one: what this engine's result depends on."""
    path = sidecar_of(recording)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""


def transcript_from_turns(
    turns: Sequence[SpokenTurn], recording: Recording, *, engine: str, speech: Speech | None = None
) -> Transcript:
    """A transcript out of turns that are known already: one track for each channel and role.

    `speech` is speech activity by channel; without it, the spans of the turns stand for it.
    """
    placed = _on_channels(turns, recording, speech)
    parties = sorted({(turn.channel or 0, turn.role or Role.UNKNOWN) for turn in placed})
    by_party = {p: [t for t in placed if (t.channel or 0, t.role or Role.UNKNOWN) == p] for p in parties}
    activity = _activity(by_party, speech)
    tracks = []
    for (channel, role), mine in by_party.items():
        spoken = activity[channel, role]
        sound = spoken if speech else ()
        words = [word for turn in mine for word in turn.words or words_of(turn.text, turn.span, sound)]
        words.sort(key=lambda word: word.span.start_ms)
        heard = [turn.span for turn in mine if turn.is_heard]
        near = [Span(span.start_ms - _NEAR_MS, span.end_ms + _NEAR_MS) for span in heard] if speech else heard
        unheard = tuple(span for span in subtract(spoken, near) if span.duration_ms >= UNHEARD_MS)
        known = None if role is Role.UNKNOWN else role
        tracks.append(Track(channel=channel, speech=spoken, words=tuple(words), unheard=unheard, role=known))
    return Transcript(engine=engine, tracks=tuple(tracks), layout="mono" if recording.is_mono else "stereo")


def _speech(sidecar: SidecarFile, recording: Recording) -> Speech | None:
    if sidecar.speech_from == "turns":
        return None
    from qa.sound.activity import speech_spans
    from qa.sound.bleed import own_speech
    from qa.sound.decode import decode

    try:
        samples = decode(Path(recording.path))
    except CallError:
        if sidecar.speech_from == "audio":
            raise
        return None
    return own_speech(samples, [speech_spans(channel) for channel in samples])


def _on_channels(turns: Sequence[SpokenTurn], recording: Recording, speech: Speech | None) -> list[SpokenTurn]:
    """Every turn with a channel: its own, the call list's, or the one in which there is sound while it is spoken."""
    open_roles = {turn.role or Role.UNKNOWN for turn in turns if turn.channel is None}
    channel_of: dict[Role, int] = {}
    for number, role in enumerate(sorted(open_roles)):
        mapped = recording.channel_roles or ()
        if recording.is_mono:
            channel_of[role] = 0
        elif role in mapped:
            channel_of[role] = mapped.index(role)
        elif speech:
            mine = [turn.span for turn in turns if (turn.role or Role.UNKNOWN) is role]
            channel_of[role] = max(range(len(speech)), key=lambda c: total_ms(common(speech[c], mine)))
        else:
            channel_of[role] = min(number, recording.channel_count - 1)
    return [t if t.channel is not None else t.on(channel_of[t.role or Role.UNKNOWN]) for t in turns]


def _activity(
    by_party: dict[tuple[int, Role], list[SpokenTurn]], speech: Speech | None
) -> dict[tuple[int, Role], tuple[Span, ...]]:
    """Speech of each party. Parties that share a channel share it out: inside a turn its own, outside the nearest's."""
    turns = {party: merge(turn.span for turn in mine) for party, mine in by_party.items()}
    if speech is None:
        return turns
    found: dict[tuple[int, Role], list[Span]] = {party: [] for party in by_party}
    for channel, spans in enumerate(speech):
        sharing = [party for party in by_party if party[0] == channel]
        if len(sharing) == 1:
            found[sharing[0]].extend(spans)
            continue
        for party in sharing:
            found[party].extend(common(spans, turns[party]))
        for left in subtract(spans, (span for party in sharing for span in turns[party])):
            if sharing:
                found[min(sharing, key=lambda party: min(_distance_ms(left, span) for span in turns[party]))].append(
                    left
                )
    return {party: merge(spans) for party, spans in found.items()}


def _distance_ms(a: Span, b: Span) -> int:
    return max(0, a.start_ms - b.end_ms, b.start_ms - a.end_ms)

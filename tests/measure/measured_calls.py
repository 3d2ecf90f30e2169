"""Makes calls whose speech is known to the millisecond."""

from __future__ import annotations

from collections.abc import Sequence

from qa.measure import measure
from qa.model import Measurement, Recording, Role, Roles, Track, Transcript, Turn
from qa.span import Span, merge
from qa.transcribe.spread import words_of
from qa.transcribe.turns import turns_of

AGENT, CUSTOMER, UNKNOWN, OTHER = Role.AGENT, Role.CUSTOMER, Role.UNKNOWN, Role.OTHER
Said = tuple[int, int, str]
"""Start and end in ms, and what is said; empty for sound without words."""


def track(channel: int, said: Sequence[Said], unheard: Sequence[Span] = ()) -> Track:
    return Track(
        channel=channel,
        speech=merge(Span(start, end) for start, end, _ in said),
        words=tuple(word for start, end, text in said for word in words_of(text, Span(start, end))),
        unheard=tuple(unheard),
    )


class Call:
    """One call: `said` by role, each on a channel of its own."""

    def __init__(self, duration_ms: int, said: dict[Role, Sequence[Said]], unheard: Sequence[Span] = ()) -> None:
        self.recording = Recording(
            call_id="a",
            path="a.wav",
            sha256="",
            duration_ms=duration_ms,
            sample_rate_hz=8000,
            channel_count=max(1, len(said)),
        )
        tracks = tuple(
            track(i, words, unheard if role is AGENT else ()) for i, (role, words) in enumerate(said.items())
        )
        self.transcript = Transcript(engine="x", tracks=tracks, layout="mono" if len(tracks) == 1 else "stereo")
        self.roles = Roles(by_track=tuple(said), confidence=1.0, source="sidecar")
        self.turns: tuple[Turn, ...] = turns_of(self.transcript, self.roles)

    def measured(self, samples: object = None) -> tuple[Measurement, ...]:
        return measure(self.recording, self.transcript, self.roles, self.turns, samples)  # type: ignore[arg-type]

    def rows(self, name: str, role: Role | None = None, samples: object = None) -> list[tuple[float, int, int]]:
        return [
            (m.value, m.span.start_ms, m.span.end_ms)
            for m in self.measured(samples)
            if m.name == name and (role is None or m.role is role)
        ]

    def value(self, name: str, role: Role | None = None, samples: object = None) -> float:
        (row,) = self.rows(name, role, samples)
        return row[0]

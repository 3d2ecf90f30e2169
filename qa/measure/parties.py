"""Says who speaks when: the speech of each role, from voice activity, rid of clicks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from qa.hanzi import syllables
from qa.model import Role, Roles, Track, Transcript, Turn
from qa.span import Span, merge, subtract

CLICK_MS = 300
"""Shorter sounds that no word belongs to are keys, breaths and the line."""
NEAR_MS = 500
"""Word times of recognisers are at most this far from their sound."""
REPLY_MS = 300
"""A pause in which somebody else says this much lies between two turns, not inside one."""
_PAUSE_MS, _LEAST_PAUSES, _HUMMING = 800, 3, 0.75
"""Music in this share of so many pauses between anybody's words is the line's hum: hold music fills few of them."""
_TURNS_IN_ONE_SOUND = 4
"""No more turns than this overlap one unbroken sound: turns end in silences."""
_SOFT_WORDS = 3
"""So many words where activity sees none are a soft voice, not slips of word times."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One role in one call. All spans sorted and disjoint."""

    role: Role
    speech: tuple[Span, ...]
    unheard: tuple[Span, ...] = ()
    turns: tuple[Span, ...] = ()
    """Sorted by start; empty for a voice nobody has told apart."""
    syllables: int = 0


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who speaks: agent and customer where they are known, else UNKNOWN."""

    by_role: dict[Role, Party]
    announced: tuple[Span, ...] = ()
    """Recorded announcements: nobody speaks, and nobody is to blame for the time they take."""
    music: tuple[Span, ...] = ()
    """Hold music and ring-back."""
    deaf: bool = False
    """A channel carries no sound at all: silence on the record is no silence on the line."""

    @property
    def agent(self) -> Party | None:
        return self.by_role.get(Role.AGENT)

    @property
    def customer(self) -> Party | None:
        return self.by_role.get(Role.CUSTOMER)

    @property
    def anybody(self) -> tuple[Span, ...]:
        return merge(span for party in self.by_role.values() for span in party.speech)

    @property
    def hums(self) -> bool:
        """What passes for music goes on all through the conversation, and says nothing of when it began."""
        silences = (Span(a.end_ms, b.start_ms) for a, b in pairwise(self.anybody))
        pauses = [span for span in silences if span.duration_ms >= _PAUSE_MS]
        with_music = sum(touches(span, self.music) for span in pauses)
        return len(pauses) >= _LEAST_PAUSES and with_music >= _HUMMING * len(pauses)

    def connected(self, whole: Span) -> Span:
        """`whole` without the menus, queues and ring-back before the agent's first word and the prompts after the last.

        Music after the last word stays: whoever is put on hold and left there is waiting for the agent.
        """
        speech = self.agent.speech if self.agent and self.agent.speech else self.anybody
        if not speech:
            return whole
        waited = self.announced if self.hums else (*self.announced, *self.music)
        # A tone or a prompt may reach a little into the first word.
        before = [span.end_ms for span in waited if span.start_ms < speech[0].start_ms]
        after = [span.start_ms for span in self.announced if span.start_ms >= speech[-1].end_ms]
        start_ms = min(max(before, default=whole.start_ms), speech[0].start_ms)
        return Span(max(0, start_ms), max(start_ms, min(after, default=whole.end_ms)))

    def with_pauses(self, party: Party, pause_ms: int) -> tuple[Span, ...]:
        """The party's speech with the pauses inside its turns, as far as they are shorter than `pause_ms`.

        Which turn a sound belongs to is told by overlap, so that no word time needs to be exact. Sound that belongs to
        no turn goes with its neighbour unless somebody else speaks in between.
        """
        others = self.others(party.role)
        owners = [owner(span, party.turns) for span in party.speech]
        filled = []
        for (a, of_a), (b, of_b) in pairwise(zip(party.speech, owners, strict=True)):
            pause = Span(a.end_ms, b.start_ms)
            if pause.duration_ms >= pause_ms:
                continue
            stray = of_a is None or of_b is None
            if within_ms(pause, others) < REPLY_MS if stray else of_a == of_b:
                filled.append(pause)
        return merge([*party.speech, *filled])

    def others(self, role: Role) -> tuple[Span, ...]:
        return merge(span for party in self.by_role.values() if party.role is not role for span in party.speech)


def parties_of(transcript: Transcript, roles: Roles, turns: Sequence[Turn]) -> Parties:
    """Music and announcements (`Role.OTHER`) are left out: nobody speaks to anybody there."""
    by_role: dict[Role, Party] = {}
    announced = merge(span for track in transcript.tracks if track.is_announcement for span in track.speech)
    music = merge(span for track in transcript.tracks for span in track.music)
    for role in (Role.AGENT, Role.CUSTOMER, Role.UNKNOWN):
        tracks = [track for track, who in zip(transcript.tracks, roles.by_track, strict=True) if who is role]
        if tracks:
            mine = [turn for turn in turns if turn.role is role]
            by_role[role] = Party(
                role=role,
                turns=() if role is Role.UNKNOWN else tuple(sorted(turn.span for turn in mine)),
                speech=merge(span for track in tracks for span in speech_of(track)),
                unheard=merge(span for track in tracks for span in track.unheard),
                # Turn by turn: 59 recognised as 5 and 9 reads as one number only in the joined text.
                syllables=sum(syllables(turn.text) for turn in mine),
            )
    deaf = transcript.layout == "stereo" and any(track.dead for track in transcript.tracks)
    return Parties(by_role=by_role, announced=announced, music=music, deaf=deaf)


def speech_of(track: Track) -> tuple[Span, ...]:
    """Speech activity of a track without clicks, and with soft words that activity missed."""
    words = sorted((word.span for word in track.words), key=lambda span: span.start_ms)
    near = merge(Span(span.start_ms - NEAR_MS, span.end_ms + NEAR_MS) for span in words)
    kept = [span for span in track.speech if span.duration_ms >= CLICK_MS or touches(span, near)]
    middles = [(span.start_ms + span.end_ms) // 2 for span in words]
    whole = [Span(words[0].start_ms, max(span.end_ms for span in words))] if words else []
    for silence in subtract(whole, kept):
        inside = words[bisect_left(middles, silence.start_ms) : bisect_right(middles, silence.end_ms)]
        if len(inside) >= _SOFT_WORDS:
            kept.extend(span for word in inside if (span := word.intersect(silence)))
    return merge(kept)


def owner(span: Span, turns: Sequence[Span]) -> int | None:
    """Index of the turn that `span` overlaps most; None where it overlaps none. One party's turns follow one another."""
    end = bisect_left(turns, span.end_ms, key=lambda turn: turn.start_ms)
    near = range(max(0, end - _TURNS_IN_ONE_SOUND), end)
    shared = [(both.duration_ms, i) for i in near if (both := turns[i].intersect(span))]
    return max(shared)[1] if shared else None


def within_ms(span: Span, others: Sequence[Span]) -> int:
    """Time of `others` (sorted, disjoint) inside `span`."""
    first = bisect_right(others, span.start_ms, key=lambda other: other.end_ms)
    end = bisect_left(others, span.end_ms, key=lambda other: other.start_ms)
    return sum(both.duration_ms for other in others[first:end] if (both := other.intersect(span)))


def touches(span: Span, others: Sequence[Span]) -> bool:
    """Whether `span` overlaps one of `others` (sorted, disjoint)."""
    at = bisect_right(others, span.end_ms - 1, key=lambda other: other.start_ms) - 1
    return at >= 0 and others[at].end_ms > span.start_ms

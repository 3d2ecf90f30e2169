"""Sets recorded announcements apart from the party in whose channel they are heard: they belong to nobody.

Menus, queue and survey prompts, 报工号 and “您拨打的用户正忙” lie in the agent's channel, in the customer's or in both,
in a recording that began before the agent did. Credited to the agent they greet for somebody who did not and command
(请按1); but a greeting taken away from the agent is a deduction nobody deserves. So what is taken away must say what
machines say (`announcement_phrases.py`) and nothing that a person says, in one breath; in the middle of a conversation
twice. Welcomes and notices that both say go only beside such an announcement. What stays in doubt stays with the party:
an announcement missed may cost a rule its finding, which is the cheaper mistake.

Left alone: an agent's channel in which a welcome is all that the machine says (it might be the agent's), and transcripts
whose source labels announcements itself.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
from rapidfuzz.fuzz import partial_ratio

from qa.hanzi import spoken, syllables
from qa.model import ANNOUNCEMENT, Role, Track, Transcript, Word
from qa.span import Span, total_ms
from qa.transcribe.alternatives import in_place
from qa.transcribe.announcement_phrases import (
    ANNOUNCES,
    FAREWELL,
    FOLLOWS,
    GREETS,
    LEADS,
    MACHINE,
    NUMBER,
    PERSON,
    RATING,
    found_in,
    is_all,
    sounded,
)

BREATH_MS = 600
"""A pause from which something else may begin. Agents pause up to half a second at a comma; systems switch slower."""
CLAUSE_MS = 200
"""Recognisers leave commas out; a pause this long stands for one where an announcement may end."""
FOLLOWS_MS = 8000
"""So long after an announcement its closing line may come: keys are pressed in between."""
GREETING_MS = 6000
"""So long after a recorded 报工号 the agent's own greeting may come."""
SAME_TEXT = 70.0
"""Likeness (0 to 100) from which two channels say the same at the same time."""
SAME_MS = 500
LONGEST_WORD_MS = 3000
MOST_ECHOED = 0.1
"""Share of what persons say that may be heard in another channel, too: beyond it the channels hear each other."""
SAME_LEAST = 3
"""Syllables."""
LIVE_MS = 4000
"""Sooner after the conversation's last word, a farewell with one hint of a machine stays with the party: what the system
plays begins only when the agent has said goodbye and hung up."""
LED_MS = 3000
"""Sooner after a person's last clause, what they tell the other to do may be told by themselves."""
WHOLE_VOICE = 0.5
"""Share of a voice told apart in one channel from which all of it is the machine."""
BESIDE_MS = 2000
"""What every channel hears this near to an announcement is part of it."""
SURE = 2
"""Weight from which what a machine says at the end of a call goes on until the call is over."""
_ENDS = tuple("，。？！、；,.?!;")


@dataclass
class _Breath:
    """What is said without a pause that lets anybody else begin."""

    words: tuple[Word, ...]
    both: bool = False
    """Heard in another channel at the same time."""
    misheard: bool = False
    """The mark of a person is a slip of the recogniser: it is not there in the other channel."""
    taken: bool = False

    @functools.cached_property
    def text(self) -> str:
        return _text(self.words)

    @functools.cached_property
    def sound(self) -> str:
        return sounded(self.text)

    @functools.cached_property
    def span(self) -> Span:
        return Span(self.words[0].span.start_ms, max(word.span.end_ms for word in self.words))

    @property
    def by_person(self) -> bool:
        return bool(PERSON.search(self.text)) and not self.misheard

    @functools.cached_property
    def weight(self) -> int:
        return sum(phrase.weight * len(found_in(self.sound, phrase)) for phrase in MACHINE)

    def led_by(self, before: _Breath) -> bool:
        """Whether a person told the other what this says: 请稍后对我的服务做出评价 … 满意请按1."""
        *_, last = _clauses(before.words)
        soon = self.span.start_ms - before.span.end_ms < LED_MS
        return soon and before.by_person and bool(LEADS.search(_text(last))) and not found_in(self.sound, RATING)


def set_apart(transcript: Transcript) -> Transcript:
    """The same with announcements in tracks of their own, labelled `ANNOUNCEMENT`, behind all others.

    Numbers of the other tracks stay. Nothing is lost: every word and all speech lie in exactly one track, as before.
    """
    tracks = transcript.tracks
    if any(track.role is Role.OTHER or track.is_announcement for track in tracks):
        return transcript
    breaths = [_breaths(track.words) for track in tracks]
    _mark_same(breaths)
    for i, mine in enumerate(breaths):
        others = [breath for j, theirs in enumerate(breaths) if j != i for breath in theirs]
        _take(mine, others)
    if transcript.layout != "stereo" and len(tracks) > 2:
        for mine in breaths:
            _take_voice(mine)
    kept, apart = [], []
    for track, mine in zip(tracks, breaths, strict=True):
        if any(breath.taken for breath in mine):
            left, announced = _split(track, mine)
            kept.append(left)
            apart.append(announced)
        else:
            kept.append(track)
    return msgspec.structs.replace(transcript, tracks=(*kept, *apart)) if apart else transcript


def _breaths(words: Sequence[Word]) -> list[_Breath]:
    """Words in time order; a 报工号 that comes right before a greeting is cut from it."""
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.span.start_ms):
        if found and word.span.start_ms - found[-1][-1].span.end_ms < BREATH_MS:
            found[-1].append(word)
        else:
            found.append([word])
    return [_Breath(tuple(part)) for some in found for part in _clauses_apart(some)]


def _clauses_apart(words: list[Word]) -> Iterator[list[Word]]:
    clauses = list(_clauses(words))
    at = 0
    for i, (clause, after) in enumerate(pairwise(clauses)):
        so_far = "".join(_text(c) for c in clauses[at : i + 1])
        number = is_all(sounded(so_far), NUMBER) and GREETS.match(_text(after))
        # A person who speaks right after the machine has said what only machines say.
        person = PERSON.search(_text(after)) and _is_machine(_text(clause)) and _ends(clause, after)
        if number or (person and not PERSON.search(so_far)):
            yield [word for c in clauses[at : i + 1] for word in c]
            at = i + 1
    yield [word for clause in clauses[at:] for word in clause]


def _ends(clause: Sequence[Word], after: Sequence[Word]) -> bool:
    """A greeting begins, not the rest of a sentence."""
    return bool(GREETS.match(_text(after))) and after[0].span.start_ms - clause[-1].span.end_ms >= CLAUSE_MS


def _clauses(words: Sequence[Word]) -> Iterator[list[Word]]:
    clause: list[Word] = []
    for word in words:
        if clause and (clause[-1].text.endswith(_ENDS) or word.span.start_ms - clause[-1].span.end_ms >= CLAUSE_MS):
            yield clause
            clause = []
        clause.append(word)
    if clause:
        yield clause


def _mark_same(breaths: Sequence[Sequence[_Breath]]) -> None:
    """What two channels say at the same time; where persons are heard in both, too, that means nothing."""
    for i, mine in enumerate(breaths):
        others = sorted(
            (word for j, theirs in enumerate(breaths) if j != i for breath in theirs for word in breath.words),
            key=lambda word: word.span.start_ms,
        )
        starts = [word.span.start_ms for word in others]
        for breath in mine:
            near = Span(max(0, breath.span.start_ms - SAME_MS), breath.span.end_ms + SAME_MS)
            first = bisect_left(starts, near.start_ms - LONGEST_WORD_MS)
            beside = others[first : bisect_left(starts, near.end_ms)]
            written = _text([word for word in beside if word.span.overlaps(near)])
            there = sounded(written)
            long = min(len(breath.sound), len(there)) >= SAME_LEAST and len(there) >= len(breath.sound) / 2
            alike = long and partial_ratio(breath.sound, there) >= SAME_TEXT
            breath.both = alike or (len(breath.sound) > 1 and breath.sound in there)
            breath.misheard = breath.both and not PERSON.search(written)
    persons = [breath for mine in breaths for breath in mine if breath.by_person]
    echoed = sum(len(breath.sound) for breath in persons if breath.both)
    if echoed > MOST_ECHOED * sum(len(breath.sound) for breath in persons):
        for mine in breaths:
            for breath in mine:
                breath.both = breath.misheard = False


def _take(mine: Sequence[_Breath], others: Sequence[_Breath]) -> None:
    """Marks what is announced: first what speaks for itself, then what stands beside it."""
    place = _Place(mine, others)
    for i, breath in enumerate(mine):
        alone = place.opens(breath) or place.closes(breath) or breath.both
        led = i > 0 and not breath.both and breath.led_by(mine[i - 1])
        own = led or place.bids_farewell(breath, mine[:i])
        breath.taken = not breath.by_person and not own and breath.weight >= (1 if alone else 2)
    first_end = max((i for i, breath in enumerate(mine) if breath.taken and place.opens(breath)), default=0)
    for i, breath in enumerate(mine):
        # Before a menu is over there is no agent to have said anything.
        waiting = i < first_end and place.opens(breath)
        edge = breath.both and (place.opens(breath) or place.closes(breath))
        beside = breath.both and any(near.taken and _apart_ms(near, breath) <= BESIDE_MS for near in mine)
        breath.taken |= not breath.by_person and (waiting or edge or beside)
    weight = 0
    for breath, after in pairwise(mine):
        weight = weight + breath.weight if breath.taken else 0
        if not breath.taken or after.taken or after.by_person or not place.follows(breath, after):
            continue
        if place.opens(after):
            said = is_all(after.sound, FOLLOWS) or (found_in(after.sound, ANNOUNCES) and not GREETS.match(after.text))
        else:
            said = weight >= SURE and (place.closes(after) or is_all(after.sound, FOLLOWS))
        after.taken = bool(said)
    for i, (breath, after) in enumerate(pairwise(mine)):
        # Who has just said 您好 goes on with their number.
        greeted = i > 0 and not mine[i - 1].taken and _apart_ms(mine[i - 1], breath) <= GREETING_MS
        if is_all(breath.sound, NUMBER) and place.opens(breath) and not greeted:
            # Where no greeting of their own follows before the other party speaks, it may be all the greeting there was.
            greets = not after.taken and (
                (after.by_person and any(b.taken for b in mine[:i])) or GREETS.match(after.text)
            )
            breath.taken |= bool(greets and place.unanswered(after) and _apart_ms(breath, after) <= GREETING_MS)


class _Place:
    """Where something is said: before the conversation, in it, or after it."""

    def __init__(self, mine: Sequence[_Breath], others: Sequence[_Breath]) -> None:
        self.talk = [b.span for b in others if not b.both and (b.by_person or not b.weight)]
        own = [b.span for b in mine if b.by_person and not b.both]
        self.first_ms = min((span.start_ms for span in (*self.talk, *own)), default=None)
        self.last_ms = max((span.end_ms for span in (*self.talk, *own)), default=None)

    def opens(self, breath: _Breath) -> bool:
        return self.first_ms is None or breath.span.end_ms <= self.first_ms

    def closes(self, breath: _Breath) -> bool:
        return self.last_ms is None or breath.span.start_ms >= self.last_ms

    def bids_farewell(self, breath: _Breath, earlier: Sequence[_Breath]) -> bool:
        """Whether a party may ask for the rating in a farewell of their own: 请对本次服务进行评价，感谢您的来电，再见."""
        if breath.both or breath.weight >= SURE or self.opens(breath) or not found_in(breath.sound, FAREWELL):
            return False
        live = [*self.talk, *(b.span for b in earlier if not b.taken)]
        start_ms = breath.span.start_ms
        return any(span.start_ms < start_ms <= span.end_ms + LIVE_MS for span in live)

    def unanswered(self, breath: _Breath) -> bool:
        """Whether the other party has not said anything yet."""
        return all(breath.span.start_ms < span.start_ms for span in self.talk)

    def follows(self, before: _Breath, after: _Breath) -> bool:
        if _apart_ms(before, after) > FOLLOWS_MS:
            return False
        between = Span(before.span.end_ms, max(after.span.start_ms, before.span.end_ms + 1))
        return not any(span.overlaps(between) for span in self.talk)


def _apart_ms(a: _Breath, b: _Breath) -> int:
    return max(b.span.start_ms - a.span.end_ms, a.span.start_ms - b.span.end_ms, 0)


def _take_voice(mine: Sequence[_Breath]) -> None:
    """A voice told apart in one channel that mostly announces is the machine's, with what was misheard of it."""
    whole = sum(syllables(breath.text) for breath in mine)
    taken = sum(syllables(breath.text) for breath in mine if breath.taken)
    if whole and taken >= WHOLE_VOICE * whole and not any(breath.by_person for breath in mine):
        for breath in mine:
            breath.taken = True


def _split(track: Track, breaths: Sequence[_Breath]) -> tuple[Track, Track]:
    """(what is left, the announcements). A stretch of speech with words of both is cut between them."""
    taken = [breath.span for breath in breaths if breath.taken]
    left = [breath.span for breath in breaths if not breath.taken]
    mine: list[Span] = []
    theirs: list[Span] = []
    for span in track.speech:
        for part in _cut(span, taken, left):
            (theirs if _nearest_is(part, taken, left) else mine).append(part)
    lost = [span for span in track.unheard if _nearest_is(span, taken, left)]
    announced = Track(
        channel=track.channel,
        speech=tuple(theirs),
        words=tuple(word for breath in breaths if breath.taken for word in breath.words),
        unheard=tuple(lost),
        role=Role.OTHER,
        label=ANNOUNCEMENT,
    )
    kept = tuple(word for breath in breaths if not breath.taken for word in breath.words)
    heard = tuple(span for span in track.unheard if span not in lost)
    still = in_place(track.alternatives, kept)
    return msgspec.structs.replace(track, speech=tuple(mine), words=kept, unheard=heard, alternatives=still), announced


def _cut(span: Span, taken: Sequence[Span], left: Sequence[Span]) -> list[Span]:
    inside = sorted([(s, True) for s in taken if s.overlaps(span)] + [(s, False) for s in left if s.overlaps(span)])
    at = span.start_ms
    parts = []
    for (a, a_taken), (b, b_taken) in pairwise(inside):
        middle = min(max((a.end_ms + b.start_ms) // 2, at), span.end_ms)
        if a_taken is not b_taken and at < middle < span.end_ms:
            parts.append(Span(at, middle))
            at = middle
    return [*parts, Span(at, span.end_ms)]


def _nearest_is(span: Span, taken: Sequence[Span], left: Sequence[Span]) -> bool:
    """Whether what is taken lies nearer to `span` than what is left, or shares more of it."""

    def likeness(others: Sequence[Span]) -> tuple[int, int]:
        shared = total_ms(both for other in others if (both := other.intersect(span)))
        away = min((max(o.start_ms - span.end_ms, span.start_ms - o.end_ms, 0) for o in others), default=10**9)
        return shared, -away

    return likeness(taken) > likeness(left)


def _is_machine(text: str) -> bool:
    return any(found_in(sounded(text), phrase) for phrase in MACHINE)


def _text(words: Sequence[Word]) -> str:
    return "".join(spoken(word.text) for word in words)

"""A call prepared for judging: each party's words as one text, with the way back to words and times.

Everything that several rules need is worked out once and kept here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from qa.hanzi import spoken
from qa.judge.index import Index
from qa.judge.limits import USUAL_LIMITS, TrustLimits
from qa.judge.pattern import FOLDED, normal
from qa.judge.sound import sounds
from qa.judge.words import TURN_END
from qa.model import Call, Role, Word
from qa.span import Span, common, merge, total_ms

T = TypeVar("T")
Line = tuple[int, int]
"""Where what reads on begins and ends in a voice's text: a turn, or several that are linked."""

LINK_PAUSE_MS = 2500
"""A slow speaker's pause inside one phrase: turns of one party with nothing but this between them read on."""
LINK_ACROSS_MS = 700
"""The other party's 嗯 between two turns this close together does not end a phrase either."""
BACKCHANNEL_SYLLABLES = 2
WORD_SLACK_MS = 200


class Exchange:
    """What one party says until the other one does: one or more turns."""

    __slots__ = ("first", "last", "role", "turns")

    def __init__(self, role: Role, turns: tuple[int, ...]) -> None:
        self.role = role
        self.turns = turns
        """Indices into `call.turns`."""
        self.first, self.last = turns[0], turns[-1]


class Voice:
    """All that one party says, in normal form, turn after turn.

    `linked`: only turns that read on, joined, for phrases that a pause or the other party's 嗯 broke in two.
    """

    def __init__(self, view: View, role: Role, *, linked: bool = False) -> None:
        self.role = role
        self._written: dict[int, Index] = {}
        self._spoken: dict[int, Index] = {}
        turns = tuple(index for index, turn in enumerate(view.turns) if turn.role is role)
        reads_on: set[int] = set()
        if linked:
            joined = [(before, after) for before, after in pairwise(turns) if view.reads_on(before, after)]
            reads_on = {after for _, after in joined}
            turns = tuple(sorted(reads_on.union(before for before, _ in joined)))
        self.turns = turns
        self.words: list[Word] = []
        self.owners: list[int] = []
        """For each character of `text`, the word that it belongs to; -1 between turns."""
        self.turn_starts: list[int] = []
        """For each of `turns`, where it begins in `text`."""
        pieces: list[str] = []
        for place, index in enumerate(turns):
            if place > 0 and index not in reads_on:
                pieces.append(TURN_END)
                self.owners.append(-1)
            self.turn_starts.append(len(self.owners))
            words, forms, first = view.turns[index].words, view.forms[index], len(self.words)
            if view.is_by_character(index):
                self.owners.extend(range(first, first + len(words)))
            else:
                for owner, form in enumerate(forms, first):
                    self.owners.extend([owner] * len(form))
            self.words.extend(words)
            pieces.append(view.texts[index])
        self.text = "".join(pieces)

    @cached_property
    def plain(self) -> str:
        """`text` before characters that sound and mean alike became one: what jieba can cut into words. Same length."""
        plain = list(self.text)
        for found in FOLDED.finditer(self.text):
            first = found.start()
            owner = self.owners[first]
            while first > 0 and self.owners[first - 1] == owner:
                first -= 1
            said = spoken(self.words[owner].text)
            plain[first : first + len(said)] = said
        return "".join(plain)

    @cached_property
    def sounds(self) -> str:
        """`text` as symbols of sound, of the same length."""
        return sounds(self.text)

    def written(self, length: int) -> Index:
        """Where pieces of `text` of that length stand."""
        if length not in self._written:
            self._written[length] = Index(self.text, length)
        return self._written[length]

    def spoken(self, length: int) -> Index:
        """The same of `sounds`."""
        if length not in self._spoken:
            self._spoken[length] = Index(self.sounds, length)
        return self._spoken[length]

    def turn_at(self, position: int) -> int:
        """The index in `call.turns` of the turn that the character stands in."""
        return self.turns[bisect_right(self.turn_starts, position) - 1]

    def line_at(self, position: int) -> Line:
        """The line that the character stands in."""
        end = self.text.find(TURN_END, position)
        return self.text.rfind(TURN_END, 0, position) + 1, end if end >= 0 else len(self.text)

    def words_between(self, start: int, end: int) -> list[Word]:
        """The words that the characters `[start, end)` of one line belong to."""
        return self.words[self.owners[start] : self.owners[end - 1] + 1]


class View:
    """One call with what rules ask of it again and again."""

    def __init__(self, call: Call, trust: TrustLimits = USUAL_LIMITS) -> None:
        self.call = call
        self.trust = trust
        self.turns = call.turns
        self._kept: dict[object, object] = {}

    def keep(self, key: object, make: Callable[[], T]) -> T:
        """`make()` once per call and key."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]  # type: ignore[return-value]

    @cached_property
    def parties(self) -> frozenset[Role]:
        """Who says anything at all."""
        return frozenset(turn.role for turn in self.turns)

    @cached_property
    def roles_known(self) -> bool:
        """Whether anybody may be blamed: every track has its role, and surely enough."""
        roles = self.call.roles
        return Role.UNKNOWN not in roles.by_track and roles.confidence >= self.trust.min_role_confidence

    def voice(self, role: Role) -> Voice:
        return self.keep(("voice", role), lambda: Voice(self, role))

    def linked_voice(self, role: Role) -> Voice:
        return self.keep(("linked voice", role), lambda: Voice(self, role, linked=True))

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Agent and customer by turns; music and third voices are passed over."""
        return self._exchanges(frozenset())

    @cached_property
    def own_exchanges(self) -> tuple[Exchange, ...]:
        """The same with echoes passed over, too: one's own voice in the other's channel does not end what one says."""
        return self._exchanges(self.echoes) if self.echoes else self.exchanges

    def _exchanges(self, passed_over: frozenset[int]) -> tuple[Exchange, ...]:
        groups: list[tuple[Role, list[int]]] = []
        for index, turn in enumerate(self.turns):
            if turn.role is Role.OTHER or index in passed_over:
                continue
            if groups and groups[-1][0] is turn.role:
                groups[-1][1].append(index)
            else:
                groups.append((turn.role, [index]))
        return tuple(Exchange(role, tuple(turns)) for role, turns in groups)

    def exchanges_of(self, role: Role) -> tuple[Exchange, ...]:
        return self.keep(("exchanges", role), lambda: tuple(one for one in self.exchanges if one.role is role))

    @cached_property
    def forms(self) -> tuple[list[str], ...]:
        """Normal text of each word of each turn; empty for a word that is only punctuation."""
        return tuple([normal(word.text) for word in turn.words] for turn in self.turns)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Normal text of each turn."""
        return tuple(map("".join, self.forms))

    def is_by_character(self, index: int) -> bool:
        """Whether each word of the turn is one character."""
        return len(self.texts[index]) == len(self.forms[index]) and "" not in self.forms[index]

    def reads_on(self, before: int, after: int) -> bool:
        """Whether two turns of one party, with none of its own between them, may be one sentence."""
        pause = self.spans[after].start_ms - self.spans[before].end_ms
        if after == before + 1:
            return pause <= LINK_PAUSE_MS
        between = sum(map(len, self.texts[before + 1 : after]))
        return pause <= LINK_ACROSS_MS and between <= BACKCHANNEL_SYLLABLES

    def text_of(self, exchange: Exchange) -> str:
        return "".join([self.texts[index] for index in exchange.turns])

    def span_of(self, turns: tuple[int, ...]) -> Span:
        return Span(
            min(self.spans[index].start_ms for index in turns),
            max(self.spans[index].end_ms for index in turns),
        )

    def said_within(self, span: Span, role: Role) -> tuple[Word, ...]:
        """The party's words that overlap the span."""
        start, end = span.start_ms, span.end_ms
        said: list[Word] = []
        for turn, at in zip(self.turns, self.spans, strict=True):
            if turn.role is role and at.start_ms < end and start < at.end_ms:
                # Asked a hundred times a call: a call of `overlaps` for each word would be a twentieth of all judging.
                said += [word for word in turn.words if word.span.start_ms < end and start < word.span.end_ms]
        return tuple(said)

    @cached_property
    def echoes(self) -> frozenset[int]:
        """Indices of the turns that may be the other party's voice, heard in this one's channel."""
        trust = self.call.trust
        if trust is None or len(trust.turns) != len(self.turns):
            return frozenset()
        return frozenset(index for index, one in enumerate(trust.turns) if one.echo)

    def echoed(self, span: Span, role: Role) -> bool:
        """Whether a turn of the party there may be the other's voice, heard in its channel."""
        return any(self.turns[index].role is role and self.spans[index].overlaps(span) for index in self.echoes)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """`turn.span` of each turn, worked out once."""
        return tuple(turn.span for turn in self.turns)

    def spans_of(self, role: Role) -> list[Span]:
        """Where the party's turns are."""
        return [at for turn, at in zip(self.turns, self.spans, strict=True) if turn.role is role]

    def unheard_ms(self, span: Span, role: Role) -> int:
        """Speech of the party within the span that ended up without words, however short its pieces."""
        return total_ms(common(self.keep(("unheard", role), lambda: self._unheard(role)), [span]))

    def _unheard(self, role: Role) -> tuple[Span, ...]:
        words = merge((word.span for turn in self.call.turns_of(role) for word in turn.words), gap_ms=WORD_SLACK_MS)
        starts = [said.start_ms for said in words]

        def has_words(one: Span) -> bool:
            before = bisect_left(starts, one.end_ms)
            return before > 0 and words[before - 1].end_ms > one.start_ms

        wordless = [one for one in self.call.speech.get(role, ()) if not has_words(one)]
        return merge([*self.call.unheard.get(role, ()), *wordless])

    def talk_ms(self, role: Role) -> int:
        """As measured, else from speech activity, else the length of the party's turns."""
        rows = self.call.measured("talk_ms", role)
        if rows:
            return round(rows[0].value)
        return total_ms(self.call.speech.get(role, ()) or self.spans_of(role))

    def syllables(self, role: Role) -> int:
        """Syllables of the party in the whole call, as measured, else characters of its text."""
        rows = self.call.measured("syllables_count", role)
        return round(rows[0].value) if rows else len(self.voice(role).text.replace(TURN_END, ""))

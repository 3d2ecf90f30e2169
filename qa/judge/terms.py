"""The parts that rules are written with: who said it, where it is looked for, when the rule applies, what excuses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain

from qa.judge.matching import Ear, Match, Phrases
from qa.judge.raised import Heard, Raised
from qa.judge.reading import NO_TIME, Duration
from qa.judge.view import Exchange, View
from qa.model import Role
from qa.span import Span, total_ms

NO_START_TIME = "话单里没有通话时刻"
SILENT_SPEECH_MS = 800
"""A customer who is heard for less than this, and without a word, is a silent customer."""


PARTING_MS = 300
"""An agent heard for so long after the customer's last word, with or without words, was not hung up on."""


class NotApplicable(Exception):  # noqa: N818 - an answer, not an error
    """The rule has nothing to say about this call; the message is the reason, in Chinese."""


class Undecided(Exception):  # noqa: N818 - an answer, not an error
    """The rule cannot be decided by machine on this call; the message is the reason, in Chinese."""


class Party(StrEnum):
    """Who a rule listens to."""

    AGENT = "agent"
    CUSTOMER = "customer"

    @property
    def role(self) -> Role:
        return Role(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Turns count as a person counts them: what one says until the other does. Several keys: any of them suffices."""

    LABEL = "检测范围"

    first_turns: int = 0
    last_turns: int = 0
    first: Duration = NO_TIME
    """From the party's first word."""
    last: Duration = NO_TIME
    """To the end of the call's last word."""

    def __bool__(self) -> bool:
        return bool(self.first_turns or self.last_turns or self.first or self.last)

    def turns(self, view: View, role: Role) -> tuple[int, ...]:
        """Indices of the party's turns in the window; all of them where the window is empty."""
        groups = view.exchanges_of(role)
        every = tuple(index for group in groups for index in group.turns)
        if not self or not every:
            return every
        kept: set[int] = set()
        for group in (*groups[: self.first_turns], *(groups[-self.last_turns :] if self.last_turns else ())):
            kept.update(group.turns)
        start, end = view.spans[every[0]].start_ms, max(span.end_ms for span in view.spans)
        for index in every:
            if view.spans[index].start_ms - start < self.first or end - view.spans[index].end_ms < self.last:
                kept.add(index)
        return tuple(sorted(kept))


EVERYWHERE = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that somebody says: the words, who says them, where in the call."""

    LABEL = "说法"

    any_of: Phrases
    who: Party = Party.CUSTOMER
    ear: Ear = Ear.NORMAL
    window: Window = EVERYWHERE
    raised: Raised | None = None
    """What counts, too, when it is said in a raised voice."""

    def find(self, view: View, *, doubtful: bool = False) -> tuple[Match, ...]:
        """Where it is said. `doubtful`: also turns of which only the voice tells, for callers that doubt them."""
        found = matches_in(view, self.any_of, self.who.role, self.ear, self.window)
        if self.raised is None:
            return found
        turns = set(self.window.turns(view, self.who.role)) - {match.turn for match in found}
        heard = self.raised.find(view, self.who.role)
        raised = [one.match for one in heard if one.match.turn in turns and (doubtful or not one.doubt)]
        return tuple(sorted((*found, *raised), key=lambda match: match.span))

    def voice(self, view: View, match: Match) -> Heard | None:
        """The raised voice in which it was said, if it was; doubtful only where the voice is all there is."""
        heard = self.raised.find(view, self.who.role) if self.raised is not None else ()
        said = (one for one in heard if one.match == match or (one.match.turn == match.turn and not one.doubt))
        return next(said, None)


def matches_in(view: View, phrases: Phrases, role: Role, ear: Ear, window: Window) -> tuple[Match, ...]:
    """Where the phrases were said in turns of the window."""
    found = phrases.find(view, role, ear)
    if not window or not found:
        return found
    turns = set(window.turns(view, role))
    return tuple(match for match in found if match.turn in turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Words near a finding that make it no finding: the customer said 等一下 before the silence."""

    LABEL = "例外"

    any_of: Phrases
    who: Party = Party.CUSTOMER
    before: Duration = NO_TIME
    """How long before the finding the words may end; 0 looks only inside it."""
    after: Duration = NO_TIME
    anywhere_before: bool = False
    up_to: Duration = NO_TIME
    """The longest finding that it excuses; 0 for any."""

    def excuses(self, view: View, span: Span) -> bool:
        if self.up_to and span.duration_ms > self.up_to:
            return False
        start = 0 if self.anywhere_before else span.start_ms - self.before
        looked_at = Span(start, span.end_ms + self.after)
        # Where nobody knows who is who, words of either may excuse.
        return any(
            match.span.overlaps(looked_at)
            for role in (self.who.role, Role.UNKNOWN)
            for match in self.any_of.find(view, role, Ear.GENEROUS)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """应检则检: where one of these does not hold, the rule is not applicable, and the card says why."""

    LABEL = "适用条件"

    customer_speaks: bool | None = None
    customer_hung_up_first: bool | None = None
    closed_with: Phrases | None = None
    """An agent who said one of these in the last turn was not hung up on, whoever spoke last."""
    stereo: bool | None = None
    start_time_known: bool | None = None
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    min_duration: Duration = NO_TIME
    min_agent_syllables: int = 0
    min_agent_talk: Duration = NO_TIME
    said: tuple[Said, ...] = ()
    not_said: tuple[Said, ...] = ()

    def why_not(self, view: View) -> str:
        """The reason, or "" where the rule applies."""
        return next(chain(self._of_the_call(view), self._of_the_talk(view)), "")

    def _of_the_call(self, view: View) -> Iterator[str]:
        recording = view.call.recording
        labels = {*recording.tags, recording.business}
        if self.stereo is not None and (view.call.layout == "stereo") is not self.stereo:
            yield "单声道录音，分不清两个人同时说话" if self.stereo else "双声道录音"
        if self.start_time_known and recording.started_at is None:
            yield NO_START_TIME
        if self.tags and not labels & set(self.tags):
            yield f"没有“{'、'.join(self.tags)}”标签"
        if labels & set(self.not_tags):
            yield f"带有“{'、'.join(sorted(labels & set(self.not_tags)))}”标签"
        if recording.duration_ms < self.min_duration:
            yield f"通话不足 {self.min_duration / 1000:g} 秒"

    def _of_the_talk(self, view: View) -> Iterator[str]:
        if self.customer_speaks is not None and is_silent(view) is self.customer_speaks:
            yield "无声电话，客户没有说话" if self.customer_speaks else "客户说了话，不是无声电话"
        if (
            self.customer_hung_up_first is not None
            and hung_up_first(view, self.closed_with) is not self.customer_hung_up_first
        ):
            yield "不是客户先挂机" if self.customer_hung_up_first else "客户先挂机，坐席没有机会说"
        if self.min_agent_syllables and view.syllables(Role.AGENT) < self.min_agent_syllables:
            yield f"坐席只说了 {view.syllables(Role.AGENT)} 个音节，不足 {self.min_agent_syllables} 个"
        if self.min_agent_talk and view.talk_ms(Role.AGENT) < self.min_agent_talk:
            yield f"坐席说话不足 {self.min_agent_talk / 1000:g} 秒"
        for wanted in self.said:
            if not wanted.find(view):
                yield f"{wanted.who.role.label}没有说到这件事"
        for unwanted in self.not_said:
            for found in unwanted.find(view)[:1]:
                yield f"{unwanted.who.role.label}说了“{found.quote}”"


ALWAYS = Applies()


def is_silent(view: View) -> bool:
    """Nobody on the customer's side speaks."""
    if view.exchanges_of(Role.CUSTOMER) or view.exchanges_of(Role.UNKNOWN):
        return False
    return total_ms(view.call.speech.get(Role.CUSTOMER, ())) < SILENT_SPEECH_MS


def hung_up_first(view: View, closed_with: Phrases | None = None) -> bool:
    """The last word is the customer's, no closing went before, and nothing follows, not even speech without words."""
    if not view.exchanges or view.exchanges[-1].role is not Role.CUSTOMER:
        return False
    last = Window(last_turns=1)
    if closed_with is not None and matches_in(view, closed_with, Role.AGENT, Ear.GENEROUS, last):
        return False
    end = view.spans[view.exchanges[-1].last].end_ms
    after = [Span(max(end, span.start_ms), span.end_ms) for span in view.call.speech.get(Role.AGENT, ())]
    return total_ms(span for span in after if span.start_ms < span.end_ms) < PARTING_MS


def started_at(view: View) -> datetime:
    """Raises `NotApplicable` where the call list does not say when the call was."""
    if view.call.recording.started_at is None:
        raise NotApplicable(NO_START_TIME)
    return view.call.recording.started_at


def following(view: View, match_turn: int, role: Role, count: int) -> tuple[Exchange, ...]:
    """The next `count` times that the party speaks after the turn; a mere 嗯 is not counted as one."""
    found: list[Exchange] = []
    answers = 0
    for exchange in view.exchanges:
        if exchange.role is not role or exchange.last < match_turn:
            continue
        later = tuple(index for index in exchange.turns if index > match_turn)
        if later and answers < count:
            found.append(Exchange(role, later))
            answers += len(view.text_of(found[-1])) > 2
    return tuple(found)

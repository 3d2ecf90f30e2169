"""What every rule shares: its YAML keys, and how what it observes becomes a verdict."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from qa.judge.dialogue import Examples
from qa.judge.matching import Match
from qa.judge.terms import ALWAYS, Applies, Excuse, NotApplicable, Undecided
from qa.judge.view import View
from qa.model import CallScore, Finding, Outcome, Role, TrustGrade, Turn, Verdict, Word
from qa.span import Span

logger = logging.getLogger(__name__)

LONGEST_QUOTE = 60
LONGEST_CLAUSE = 20
"""Characters after which a clause is not followed further: recognisers leave punctuation out."""
CLAUSE_PAUSE_MS = 350
GARBLED = 0.5
"""Confidence below which a word is wrong one time in three."""
NOT_SPOKEN_AT_ENDS = re.compile(r"^\W+|\W+$")
UNHEARD_SHARE = 0.05
"""Of a long stretch in which something was due, so much may be unheard before a person has to listen."""
NOTHING_SAID = "（这段时间没有说话）"
BROKEN = "规则出错"
"""How the reason begins where the rule itself failed."""
NO_ANSWER = "大模型没有回答"
"""How the reason begins where a model could not be reached: another night may decide."""

reraise = False
"""The project's own tests set this: a broken rule must not hide there."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A finding, and why a machine should not count it."""

    finding: Finding
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The keys that every rule has. A kind adds its own and says in `observe` what it sees."""

    LABEL: ClassVar[str] = "规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote"})
    """What `{…}` in `message` may name."""
    STEREO_ONLY: ClassVar[bool] = False
    PROVED_BY_EXAMPLES: ClassVar[bool] = True
    """False where no example could show anything."""
    ASKS_A_MODEL: ClassVar[bool] = False
    """True where a language model decides: its examples are tried only when somebody wants that."""

    id: str
    code: str
    name: str
    kind: str
    source: str
    examples: Examples
    deduct: int = 0
    max_deduct: int | None = None
    veto: bool = False
    off: bool = False
    message: str = ""
    advice: str = ""
    better: str = ""
    note: str = ""
    applies: Applies = ALWAYS
    except_: tuple[Excuse, ...] = ()

    def observe(self, view: View) -> Iterator[Observed]:
        """What speaks against the agent. May raise `NotApplicable` or `Undecided` with a reason."""
        raise NotImplementedError

    def depends_on(self) -> str:
        """What decides besides the call and the rubric: empty for all that is decided here."""
        return ""

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong) where the keys contradict each other; told at the key's place."""
        yield from ()

    def verdict(self, view: View) -> Verdict:
        """Never raises on account of the rule: a broken rule costs the agent nothing."""
        try:
            self._allowed(view)
            observed = [
                one
                for one in self.observe(view)
                if not any(excuse.excuses(view, one.finding.span) for excuse in self.except_)
            ]
        except NotApplicable as reason:
            return self._verdict(Outcome.NOT_APPLICABLE, reason=str(reason))
        except Undecided as reason:
            return self._verdict(Outcome.UNDETERMINED, reason=str(reason))
        except Exception as error:
            if reraise:
                raise
            logger.exception("rule %s broke on call %s", self.id, view.call.recording.call_id)
            return self._verdict(Outcome.UNDETERMINED, reason=f"{BROKEN}：{error!r}")
        certain = [one.finding for one in observed if not one.doubt]
        if certain:
            return self._verdict(Outcome.VIOLATED, certain)
        if observed:
            return self._verdict(Outcome.UNDETERMINED, [one.finding for one in observed], observed[0].doubt)
        return self._verdict(Outcome.MET)

    def _allowed(self, view: View) -> None:
        if self.STEREO_ONLY and view.call.layout != "stereo":
            raise NotApplicable("单声道录音，分不清两个人同时说话和各自的音量")
        if self.needs_roles():
            if not view.roles_known:
                raise Undecided(view.call.roles.doubt or "角色不明：听不出哪一方是坐席")
            if not view.exchanges_of(Role.AGENT):
                raise Undecided("没有听到坐席说话")
        reason = self.applies.why_not(view)
        if reason:
            raise NotApplicable(reason)

    def needs_roles(self) -> bool:
        """False where the rule can be decided without knowing who is who."""
        return True

    def _verdict(self, outcome: Outcome, findings: Sequence[Finding] = (), reason: str = "") -> Verdict:
        return Verdict(
            rule_id=self.id,
            code=self.code,
            name=self.name,
            outcome=outcome,
            findings=tuple(sorted(findings, key=lambda finding: finding.span)),
            reason=reason,
            veto=self.veto,
            advice=self.advice,
            better=self.better,
            source=self.source,
        )

    def said(self, view: View, match: Match, role: Role, **values: Any) -> Observed:
        """A finding on words that were said."""
        return self.observed(
            view, match.span, role, match.quote, near=match.near, confidence=match.confidence, **values
        )

    def said_in_clause(self, view: View, match: Match, role: Role) -> Observed:
        """The same, quoted with the clause around the words: 你要投诉就去投诉, where 要投诉就 gave it away."""
        clause = clause_around(view.turns[match.turn], match.span)
        span = Span(clause[0].span.start_ms, max(word.span.end_ms for word in clause))
        quote = NOT_SPOKEN_AT_ENDS.sub("", "".join(word.text for word in clause))
        return self.observed(view, span.cover(match.span), role, quote, near=match.near, confidence=match.confidence)

    def observed(
        self, view: View, span: Span, role: Role, quote: str, *, near: str, confidence: float, **values: Any
    ) -> Observed:
        """A finding put together from several places, as certain as the least certain of them."""
        doubt = ""
        if confidence < view.trust.min_word_confidence:
            doubt = f"“{shorten(quote)}”听得不清（置信度 {confidence:.2f}）"
        else:
            doubt = self.may_be_echo(view, span, role, quote)
        return Observed(self._finding(span, role, quote, near, confidence, values), doubt)

    def may_be_echo(self, view: View, span: Span, role: Role, quote: str) -> str:
        """Why a machine cannot tell whose words these are; empty where it can."""
        return f"“{shorten(quote)}”两个声道同时都有，可能是串音，分不清是谁说的" if view.echoed(span, role) else ""

    def heard(self, view: View, span: Span, role: Role, quote: str, **values: Any) -> Observed:
        """A finding on a stretch of talk, as certain as its words."""
        confidence = mean_confidence(view.said_within(span, role))
        return self.observed(view, span, role, quote, near="", confidence=confidence, **values)

    def unsaid(
        self,
        view: View,
        due: Span,
        role: Role,
        quote: str | None = None,
        takes: int | None = None,
        **values: Any,
    ) -> Observed:
        """A finding on words that were due in the span and were not heard there. `takes`: ms to say them at least."""
        words = view.said_within(due, role)
        confidence = mean_confidence(words)
        doubt = self.may_have_been_said(view, due, role, takes)
        text = quote if quote is not None else "".join(word.text for word in words)
        return Observed(self._finding(due, role, text, "", confidence, values), doubt)

    def may_have_been_said(self, view: View, due: Span, role: Role, takes: int | None = None) -> str:
        """Why a machine cannot tell that something was not said in the span; empty where it can."""
        words = view.said_within(due, role)
        confidence = mean_confidence(words)
        shortest = view.trust.unheard_ms if takes is None else takes
        if view.unheard_ms(due, role) >= max(shortest, UNHEARD_SHARE * due.duration_ms):
            return "应说的时段里有话没有听清，可能已经说了"
        if view.call.trust is not None and view.call.trust.grade is TrustGrade.LOW:
            return "整通转写不可信，不能断定没有说"
        if confidence < view.trust.min_word_confidence or garbled_share(words) > view.trust.max_garbled_share:
            return f"应说的时段听得不清（置信度 {confidence:.2f}），不能断定没有说"
        return ""

    def measured(self, span: Span, role: Role, quote: str, **values: Any) -> Observed:
        """A finding on something measured."""
        return Observed(self._finding(span, role, quote, "", 1.0, values))

    def _finding(
        self, span: Span, role: Role, quote: str, near: str, confidence: float, values: dict[str, Any]
    ) -> Finding:
        shown = shorten(quote) or NOTHING_SAID
        template = self.message or self.name + "：“{quote}”"
        return Finding(
            rule_id=self.id,
            span=span,
            role=role,
            quote=shown,
            message=template.format(quote=shown, **values),
            near=near,
            confidence=confidence,
        )


def holds(verdict: Verdict) -> bool:
    """False where another try may come to something else: the rule broke, or a model could not be reached."""
    return not verdict.reason.startswith((BROKEN, NO_ANSWER))


def unanswered(score: CallScore) -> bool:
    """Whether a model could not be reached: the next run should judge this call again."""
    return any(verdict.reason.startswith(NO_ANSWER) for verdict in score.verdicts)


def mean_confidence(words: Sequence[Word]) -> float:
    """0 to 1; 1 where there are none: silence is not badly heard."""
    return sum(word.confidence for word in words) / len(words) if words else 1.0


def garbled_share(words: Sequence[Word]) -> float:
    """Share of the words, 0 to 1, that the recogniser itself hardly believes in."""
    return sum(word.confidence < GARBLED for word in words) / len(words) if words else 0.0


def clause_around(turn: Turn, span: Span) -> list[Word]:
    """The turn's words within the span and around it, to the next punctuation or pause, `LONGEST_CLAUSE` at most."""
    words = turn.words
    inside = [index for index, word in enumerate(words) if word.span.overlaps(span)]
    if not inside:
        return list(words)
    first, last = inside[0], inside[-1]
    size = sum(len(word.text) for word in words[first : last + 1])
    while first > 0 and _reads_on(words[first - 1], words[first]) and size < LONGEST_CLAUSE:
        first -= 1
        size += len(words[first].text)
    while last + 1 < len(words) and _reads_on(words[last], words[last + 1]) and size < LONGEST_CLAUSE:
        last += 1
        size += len(words[last].text)
    return list(words[first : last + 1])


def _reads_on(word: Word, after: Word) -> bool:
    return word.text[-1:].isalnum() and after.span.start_ms - word.span.end_ms < CLAUSE_PAUSE_MS


def shorten(text: str) -> str:
    """At most `LONGEST_QUOTE` characters; the middle goes, for beginnings and ends are what is looked for."""
    text = text.strip()
    if len(text) <= LONGEST_QUOTE:
        return text
    half = LONGEST_QUOTE // 2
    return f"{text[:half]}…{text[-half:]}"


def around(view: View, span: Span) -> str:
    """What was said last before the span and first after it: the quote of a silence."""
    before = [turn for turn, at in zip(view.turns, view.spans, strict=True) if at.start_ms < span.start_ms]
    after = [turn for turn, at in zip(view.turns, view.spans, strict=True) if at.start_ms >= span.end_ms - 200]
    return f"{before[-1].text if before else ''}……{after[0].text if after else ''}"

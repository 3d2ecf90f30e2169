"""听到甲之后应当说乙：客户抱怨之后先致歉，客户生气之后先安抚，登记工单之后报单号。

```yaml
- id: apology_after_complaint
  kind: phrase_after
  when: {who: customer, any_of: {lexicon: complaint}}   # 甲
  then: {who: agent, any_of: {lexicon: [apology, empathy]}}   # 乙
  turns: 2                  # 在接下来的两轮里（只“嗯”一声不算一轮）；不写就看到通话结束
  within: 30s               # 可省：并且在这么长时间以内
  settled_for: 60s          # 可省：说过一次乙，这么久以内再听到甲不重复要求；不写就是整通，但在第一个甲之前二十秒以上说的不算
  also:                     # 可省：甲里说到这些，说那些也算乙
    - {when: {who: customer, any_of: [等了半天]}, then: {who: agent, any_of: [让您久等了]}}
  deduct: 3
```

甲也可以从声音里听：`when` 里加 `raised`，这一轮比说话人自己在这通电话里的中位数又响又高，并且说了不那么重的话，也算甲。

```yaml
  when:
    who: customer
    any_of: {lexicon: anger}                # 说了这些，不管声音
    raised:
      any_of: {lexicon: complaint}          # 说了这些，声音还要抬高
      by_db: 5                              # 响多少分贝
      by_semitones: 2                       # 并且高多少个半音
      min_turn: 1500ms                      # 太短的一轮不看
      turns: 2                              # 可省：一句这样的话都没有，抬高了这么多轮，交人工，不扣分
```

没有录音、单声道、分不清角色、或者说得太少（不到四轮）时，只看话，不看声音。从声音听出的，成绩单上写明响多少、高多少。

证据从甲开始，到看过的最后一轮结束；引的是这几轮里坐席说的话，`message` 里用 `{trigger}` 写甲。甲之后坐席再没有机会说话（客户说完就挂了），不算。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from qa.judge.matching import Match
from qa.judge.reading import Duration
from qa.judge.rule import Observed, Rule
from qa.judge.terms import NotApplicable, Said, following
from qa.judge.view import Exchange, View
from qa.span import Span

BEFOREHAND_MS = 20_000
"""Words so shortly before the trigger may have been meant for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An answer that is one to certain triggers only: 久等了 answers a complaint about waiting, and no other."""

    LABEL = "also"

    when: Said
    then: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseAfter(Rule):
    LABEL: ClassVar[str] = "phrase_after 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "trigger"})

    when: Said
    then: Said
    turns: int = 0
    within: Duration | None = None
    settled_for: Duration | None = None
    also: tuple[Pair, ...] = ()

    def observe(self, view: View) -> Iterator[Observed]:
        triggers = self.when.find(view, doubtful=True)
        if not triggers:
            raise NotApplicable(f"{self.when.who.role.label}没有说到这类话")
        every = self.then.find(view)
        judged = False
        looked_until = -1
        for trigger in triggers:
            answers = (*every, *self._more_answers(view, trigger))
            if trigger.turn <= looked_until or self._settled(trigger, answers, triggers[0].span.start_ms):
                judged = True
                continue
            looked_at = following(view, trigger.turn, self.then.who.role, self.turns or len(view.exchanges))
            if self.within is not None:
                looked_at = self._in_time(view, trigger, looked_at)
            if not looked_at:
                continue
            judged = True
            if any(self._answers(answer, trigger, looked_at) for answer in answers):
                continue
            looked_until = looked_at[0].first
            yield self._found(view, trigger, looked_at)
        if not judged:
            raise NotApplicable(f"之后{self.then.who.role.label}没有机会说话")

    def _more_answers(self, view: View, trigger: Match) -> Iterator[Match]:
        for pair in self.also:
            if any(one.turn <= trigger.last_turn and trigger.turn <= one.last_turn for one in pair.when.find(view)):
                yield from pair.then.find(view)

    def _settled(self, trigger: Match, answers: tuple[Match, ...], first_ms: int) -> bool:
        """Said already, and not too long ago to count for this one.

        What was said long before the first trigger was said for something else: 抱歉，没听清 is no apology for a fee.
        """
        for answer in answers:
            ago = trigger.span.start_ms - answer.span.end_ms
            settles = answer.span.start_ms >= first_ms or ago <= BEFOREHAND_MS
            if answer.span.start_ms < trigger.span.start_ms and (
                settles if self.settled_for is None else ago <= self.settled_for
            ):
                return True
        return False

    def _answers(self, answer: Match, trigger: Match, looked_at: tuple[Exchange, ...]) -> bool:
        """In one of the turns, or said over the trigger's own turn."""
        return any(answer.turn in exchange.turns for exchange in looked_at) or (
            answer.turn < looked_at[0].first and answer.span.start_ms >= trigger.span.start_ms
        )

    def _in_time(self, view: View, trigger: Match, looked_at: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
        end = trigger.span.end_ms + (self.within or 0)
        return tuple(exchange for exchange in looked_at if view.spans[exchange.first].start_ms <= end)

    def _found(self, view: View, trigger: Match, looked_at: tuple[Exchange, ...]) -> Observed:
        turns = tuple(index for exchange in looked_at for index in exchange.turns)
        answer = " ".join(view.turns[index].text for index in turns)
        due = Span(trigger.span.start_ms, view.span_of(turns).end_ms)
        observed = self.unsaid(view, due, self.then.who.role, quote=answer, trigger=trigger.quote)
        heard = self.said(view, trigger, self.when.who.role, trigger=trigger.quote)
        voice = self.when.voice(view, trigger)
        if voice is None:
            return Observed(observed.finding, observed.doubt or heard.doubt)
        finding = msgspec.structs.replace(observed.finding, message=f"{observed.finding.message}（{voice}）")
        return Observed(finding, observed.doubt or heard.doubt or voice.doubt)

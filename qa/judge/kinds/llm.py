"""请大模型看：规则写不出来的（积极主动、表达能力），问本中心自己运行的大模型；它引得出原话才算。

```yaml
- id: proactive_service
  kind: llm
  ask: 客户说出了困难，坐席有没有主动想办法。   # 判定标准，一两句大白话
  counts:                   # 可省：什么算违反
    - 客户说明了困难，坐席只回答能不能办，没有提出任何办法
  spares:                   # 可省：什么不算
    - 坐席问过情况，或者给了一个办法
  who: agent                # 可省：看谁、引谁的话，agent 或 customer
  unmasked: false           # 可省：true 才把手机号、证件号、客户姓名发给大模型；默认遮住
  deduct: 2
```

大模型的地址不写在评分表里，在运行的机器上设环境变量：

```
QA_LLM_URL=http://127.0.0.1:8000/v1    # 任何 OpenAI 格式的接口：vLLM、llama.cpp、Ollama、LM Studio……
QA_LLM_MODEL=qwen2.5-14b-instruct      # 模型名
QA_LLM_KEY=…                           # 可省：密钥；不进日志、不进运行记录
QA_LLM_TIMEOUT=60                      # 可省：一次最多等几秒
```

没有设置时记“不适用：未配置大模型”，不影响得分。换了模型、地址，已经评过的会重新评。

怎样才扣分：大模型回答违反，并且引了一句原话，程序在它说的那一轮、那个角色的话里逐字找得到（标点、全半角不计）。
找不到、读不懂、没有回答、通话里有像是写给大模型的话（“忽略以上规则”），都记“待人工”，不扣分；没有回答的，下次运行再问。
整通转写不可信的不问。成绩单上写明是哪个模型判的。`message` 里可以写 `{reason}`（它的理由）和 `{model}`。

`qa check` 不问大模型，只检查写法；`qa check --llm` 才把 examples 拿去问一遍。上线前先这样试，再用 `qa backtest` 看会动哪些分数。
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from qa.judge.llm_answer import Answer, Found, locate, plain, read_answer
from qa.judge.llm_client import NoAnswer, Unreadable, client_of
from qa.judge.llm_prompt import (
    PROMPT_VERSION,
    SCHEMA,
    said_to_a_machine,
    shown_texts,
    system_prompt,
    transcript_lines,
    user_prompt,
)
from qa.judge.llm_settings import MODEL, URL, Settings, settings
from qa.judge.rule import NO_ANSWER, Observed, Rule, mean_confidence, shorten
from qa.judge.terms import NotApplicable, Party, Undecided
from qa.judge.view import View
from qa.model import TrustGrade
from qa.span import Span

MOST_CHARACTERS = 24_000
"""Of a transcript: an hour and a half of talk, and what the smaller models can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Llm(Rule):
    LABEL: ClassVar[str] = "llm 规则"
    PLACEHOLDERS: ClassVar[frozenset[str]] = frozenset({"quote", "reason", "model"})
    PROVED_BY_EXAMPLES: ClassVar[bool] = False
    ASKS_A_MODEL: ClassVar[bool] = True

    ask: str
    counts: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()
    who: Party = Party.AGENT
    unmasked: bool = False

    def problems(self) -> Iterator[tuple[str, str]]:
        if not self.ask.strip():
            yield "ask", "ask 要写判定标准"
        if self.veto:
            yield "veto", "大模型判的不能一票否决；要否决，请用 phrase_forbidden"

    def depends_on(self) -> str:
        found = settings()
        return f"{found.identity if found else ''}#{PROMPT_VERSION}"

    def observe(self, view: View) -> Iterator[Observed]:
        asked = settings()
        if asked is None:
            raise NotApplicable(f"未配置大模型（{URL}、{MODEL}），没有问")
        if view.call.trust is not None and view.call.trust.grade is TrustGrade.LOW:
            raise Undecided("整通转写不可信，没有问大模型")
        texts = shown_texts(view, unmasked=self.unmasked)
        if order := said_to_a_machine(texts):
            raise Undecided(f"通话里有像是写给大模型的话“{plain(order)}”，没有问大模型")
        answer = self._answer(view, asked, texts)
        if answer.violated:
            yield self._checked(view, asked, texts, answer)

    def _answer(self, view: View, asked: Settings, texts: tuple[str, ...]) -> Answer:
        lines = transcript_lines(view.exchanges, view, texts)
        if sum(map(len, lines)) > MOST_CHARACTERS:
            raise Undecided("通话太长，没有问大模型")
        question = user_prompt(self.ask, self.counts, self.spares, lines)
        try:
            return read_answer(client_of(asked).ask(system_prompt(self.who.role.label), question, SCHEMA))
        except NoAnswer as reason:
            raise Undecided(f"{NO_ANSWER}：{reason}") from None
        except Unreadable as reason:
            raise Undecided(f"大模型（{asked.model}）的回答读不懂：{reason}") from None

    def _checked(self, view: View, asked: Settings, texts: tuple[str, ...], answer: Answer) -> Observed:
        """The answer counts only with words that were said, by that party, at that place."""
        quote, number, role = answer.quote or "", answer.turn or 0, self.who.role
        found: Found | None = None
        if 0 < number <= len(view.exchanges) and view.exchanges[number - 1].role is role:
            found = locate(quote, view.exchanges[number - 1], view, texts)
        if found is None:
            raise Undecided(
                f"大模型（{asked.model}）说违反，但它引的“{plain(shorten(quote))}”在第 {number} 轮{role.label}的话里找不到"
            )
        observed = self.observed(
            view,
            Span(found.words[0].span.start_ms, max(word.span.end_ms for word in found.words)),
            role,
            found.text,
            near="",
            confidence=mean_confidence(found.words),
            reason=plain(answer.reason or ""),
            model=asked.model,
        )
        told = f"{observed.finding.message}（大模型 {asked.model} 判断，提示词第 {PROMPT_VERSION} 版）"
        return Observed(msgspec.structs.replace(observed.finding, message=told), observed.doubt)

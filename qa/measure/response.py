"""Time from the end of what the customer says to the agent's next word, and to the agent's very first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from qa.measure.parties import Parties, touches
from qa.model import Measurement, Role
from qa.span import Span


def responses(parties: Parties, *, whole: Span, one_channel: bool = False) -> Iterator[Measurement]:
    """`whole`: the recording. Answers that overlap the customer's end have no delay and give no row; interruptions count them."""
    agent, customer = parties.agent, parties.customer
    if agent is None or not agent.speech:
        return
    # A short greeting may be taken for the customer's voice in one channel; nobody greets before anybody speaks.
    first_ms = max(0, (parties.anybody if one_channel else agent.speech)[0].start_ms)
    delay = Span(min(parties.connected(whole).start_ms, first_ms), first_ms)
    yield Measurement("greeting_delay_ms", float(delay.duration_ms), "ms", delay, Role.AGENT)
    if customer is None or not customer.speech:
        return
    starts = [span.start_ms for span in agent.speech]
    ends = [span.end_ms for span in customer.speech]
    resumed = [*(span.start_ms for span in customer.speech[1:]), None]
    for end_ms, resumed_ms in zip(ends, resumed, strict=True):
        at = bisect_left(starts, end_ms)
        if at == len(starts):
            return
        already = touches(Span(end_ms - 1, end_ms + 1), agent.speech)
        # A customer who speaks again first has not been answered: the wait counts from their last word.
        if already or (resumed_ms is not None and resumed_ms < starts[at]):
            continue
        wait = Span(end_ms, starts[at])
        yield Measurement("response_latency_ms", float(wait.duration_ms), "ms", wait, Role.AGENT)

"""Times judging: 10,000 stored three-minute calls against the rubric, per call, by rules and by turns.

    python bench/judge.py [--calls 10000] [--workers 2] [--rubric rubrics/telecom-affinity.yaml]

With all rules to judge, and with one rule changed since the calls were scored: then the other verdicts still hold.

Calls are made of everyday sentences with the rubric's own trouble mixed in, about 60 turns and 900 syllables each.
They are decoded from JSON as the store keeps them, judged, and encoded again; making them is not timed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from qa.judge import Rubric, judge, load_rubric
from qa.judge.dialogue import call_of_turns, turn_of
from qa.judge.rubric import Dimension, Item
from qa.model import Call, CallScore, Role
from qa.span import Span

AGENT = (
    "好的，请您报一下需要查询的手机号码。",
    "系统显示您上个月多用了两个流量包，一共二十元。",
    "请您稍等，我马上为您查询。",
    "感谢您的耐心等待，帮您查到了。",
    "您的套餐每个月包含二十个G的流量，下个月一号生效。",
    "这边看到您家里的线路信号不太正常，需要安排师傅上门。",
    "嗯，好的。",
    "您可以在网上营业厅办理，也可以到附近的营业厅。",
    "建议您办理五十九元的套餐，您看可以吗？",
    "请问您的地址在哪里？",
    "可能需要二十四小时左右，请您保持电话畅通。",
    "非常抱歉给您带来不便，我帮您登记一下。",
    "工单已经登记，请您保存好服务单号。",
    "这个费用是按天收的，用一天收一天的钱。",
)
CUSTOMER = (
    "你好，我想查一下我上个月的话费。",
    "是的，没错。",
    "怎么比平时多了不少啊？",
    "那什么时候能来修？",
    "我家里的宽带从昨天晚上开始就上不了网了。",
    "人民路二十号，三单元。",
    "有没有便宜一点的套餐？",
    "哦，原来是这样。",
    "你们信号太差了，打电话断断续续的。",
    "可以，那就帮我换成这个吧。",
)
TROUBLE = (
    "这个不归我管，你去营业厅问吧。",
    "我刚才不是告诉你了吗？",
    "这个问题我处理不了。",
    "就是说您的话呢，就是说还要再交十元。",
    "你必须按合同来。",
)
OPENING, CLOSING = "您好，很高兴为您服务，请问有什么可以帮您？", "请问还需要其它服务吗？感谢您的来电，再见。"
MS_PER_SYLLABLE = 190
DIFFERENT_CALLS = 200


def made_call(number: int, turns: int) -> Call:
    """A call of so many turns, the same for the same number."""
    dice = random.Random(number)
    lines = [(Role.AGENT, OPENING)]
    while len(lines) < turns - 1:
        role = Role.CUSTOMER if len(lines) % 2 else Role.AGENT
        pool = CUSTOMER if role is Role.CUSTOMER else (*AGENT, dice.choice(TROUBLE))
        lines.append((role, dice.choice(pool)))
    lines.append((Role.AGENT, CLOSING))
    clock, said = 500, []
    for role, text in lines:
        end = clock + MS_PER_SYLLABLE * len(text)
        said.append(turn_of(role, text, Span(clock, end), confidence=0.9))
        clock = end + dice.choice((200, 400, 900))
    return call_of_turns(said, call_id=f"b{number}", duration_ms=clock + 500)


Stored = tuple[bytes, bytes]
"""A call and what it was scored before, empty where nothing of that still holds."""


def judged(rubric: Rubric, stored: Sequence[Stored]) -> float:
    """Processor seconds for these calls, from JSON to JSON: what else the machine does is not counted."""
    decode, decode_score = msgspec.json.Decoder(Call).decode, msgspec.json.Decoder(CallScore).decode
    encode = msgspec.json.Encoder().encode
    start = time.process_time()
    for call, before in stored:
        encode(judge(decode(call), rubric, decode_score(before) if before else None))
    return time.process_time() - start


def scored_before(rubric: Rubric, call: bytes, number: int) -> Stored:
    """The call with its score, in which one rule is another than the rubric's; each call has another such rule."""
    score = judge(msgspec.json.decode(call, type=Call), rubric)
    changed = rubric.rules[number % len(rubric.rules)].id
    items = tuple(
        msgspec.structs.replace(
            item,
            verdicts=tuple(
                msgspec.structs.replace(one, made_from="another") if one.rule_id == changed else one
                for one in item.verdicts
            ),
        )
        for item in score.items
    )
    return call, msgspec.json.encode(msgspec.structs.replace(score, items=items))


_work: tuple[Rubric, list[Stored]]


def _share(count: int) -> float:
    rubric, stored = _work
    return judged(rubric, [stored[place % len(stored)] for place in range(count)])


def night(what: str, rubric: Rubric, stored: list[Stored], calls: int, workers: int) -> None:
    """Judges so many calls by so many workers and prints the time."""
    global _work  # noqa: PLW0603 - forked workers inherit the compiled rubric
    _work = (rubric, stored)
    each = calls // workers
    start = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        busy = pool.map(_share, [each] * workers, chunksize=1)
    seconds = time.perf_counter() - start
    print(
        f"{each * workers} calls, {what:18s} {seconds:8.1f} s wall, {max(busy):.1f} s of processor on each of {workers}"
    )


def part_of(rubric: Rubric, share: float) -> Rubric:
    """The rubric with only that share of each item's rules, at least one."""
    dimensions = tuple(
        Dimension(
            id=one.id,
            name=one.name,
            weight=one.weight,
            items=tuple(
                Item(id=i.id, name=i.name, points=i.points, rules=i.rules[: max(1, round(len(i.rules) * share))])
                for i in one.items
            ),
        )
        for one in rubric.dimensions
    )
    return Rubric(id=rubric.id, version=rubric.version, name=rubric.name, dimensions=dimensions, trust=rubric.trust)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--calls", type=int, default=10_000)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--rubric", type=Path, default=Path("rubrics/telecom-affinity.yaml"))
    options = arguments.parse_args()

    start = time.perf_counter()
    rubric = load_rubric(options.rubric)
    print(f"load rubric                {time.perf_counter() - start:8.2f} s")
    encode = msgspec.json.Encoder().encode
    stored = {
        turns: [(encode(made_call(n, turns)), b"") for n in range(DIFFERENT_CALLS)] for turns in (15, 30, 60, 120)
    }
    start = time.perf_counter()
    judged(rubric, stored[60][:1])
    print(f"first call (compiles)      {time.perf_counter() - start:8.2f} s")

    sample = DIFFERENT_CALLS
    for turns, calls in stored.items():
        seconds = judged(rubric, calls)
        print(f"{turns:4d} turns, {len(rubric.rules):2d} rules       {1000 * seconds / sample:8.2f} ms per call")
    for share in (0.0, 0.5):
        fewer = part_of(rubric, share)
        judged(fewer, stored[60][:1])
        seconds = judged(fewer, stored[60])
        print(f"  60 turns, {len(fewer.rules):2d} rules       {1000 * seconds / sample:8.2f} ms per call")

    night("all rules", rubric, stored[60], options.calls, options.workers)
    changed = [scored_before(rubric, call, number) for number, (call, _) in enumerate(stored[60])]
    night("one rule changed", rubric, changed, options.calls, options.workers)


if __name__ == "__main__":
    main()

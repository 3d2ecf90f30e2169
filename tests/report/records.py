"""Builds call records as the pipeline leaves them: realistic nights, small or large, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from qa.aggregate import scorecards
from qa.model import (
    AgentScorecard,
    Call,
    CallRecord,
    CallScore,
    DimensionScore,
    Failure,
    Finding,
    ItemScore,
    Measurement,
    Night,
    Outcome,
    Recording,
    Removed,
    Role,
    RoleEvidence,
    Roles,
    Tally,
    Track,
    Transcript,
    Trust,
    TrustGrade,
    Turn,
    Verdict,
    Word,
)
from qa.span import Span, merge

CHINA = timezone(timedelta(hours=8))
DIMENSIONS = {"NX": "耐心程度", "LM": "礼貌程度", "GT": "沟通能力"}
# item id, name, points, rules: (rule id, name, deduction)
ITEMS: tuple[tuple[str, str, int, tuple[tuple[str, str, int], ...]], ...] = (
    ("NX-1", "积极主动", 6, (("curt_answers", "问一句答一句", 3),)),
    ("NX-2", "耐心周到", 6, (("impatient_phrase", "不耐烦的话", 3),)),
    ("NX-3", "责任承担", 6, (("shirking_phrase", "推诿的话", 3), ("apology_after_complaint", "听到抱怨先致歉", 3))),
    ("NX-4", "自信自立", 6, (("unsure_words", "不确定的话", 2), ("long_silence", "长时间冷场", 3))),
    ("NX-5", "关注客户", 6, (("care_phrase", "关怀的话", 0),)),
    (
        "LM-1",
        "服务流程全面",
        6,
        (("greeting", "开场问候", 2), ("closing", "结束语", 2), ("further_help", "询问还需要什么", 2)),
    ),
    ("LM-2", "服务用语规范", 6, (("forbidden_phrase", "服务忌语", 4),)),
    ("LM-3", "语音亲切", 6, (("volume", "音量", 2),)),
    ("LM-4", "语气诚恳", 6, (("rhetorical_question", "反问质问", 3),)),
    ("LM-5", "语速恰当", 6, (("speech_rate_fast", "语速过快", 2),)),
    ("GT-1", "普通话能力", 8, (("filler_words", "口头禅", 2),)),
    ("GT-2", "倾听能力", 8, (("interruption", "抢话", 4),)),
    ("GT-3", "意见征求能力", 8, (("consent_question", "征求意见", 2),)),
    ("GT-4", "表达能力", 8, (("negative_phrase", "负面语言", 4), ("over_promise", "过度承诺", 4))),
    ("GT-5", "控制情绪的能力", 8, (("arguing_phrase", "与客户争辩", 4), ("asks_password", "索要密码", 0))),
)
BETTER = {
    "shirking_phrase": "这个问题我帮您转给负责的同事，由他给您回电，您看可以吗？",
    "negative_phrase": "我能为您做的是……",
    "rhetorical_question": "麻烦您再说一下当时的情况，我马上帮您查。",
    "forbidden_phrase": "非常抱歉给您添麻烦了，您的意见我记下来了，马上为您处理。",
}
ADVICE = {
    "shirking_phrase": "首问负责：先接下来，再转出去。听完录音，请他用自己的话重说一遍。",
    "closing": "结束前停一拍，说完感谢再挂。",
}


@dataclass(frozen=True)
class Sample:
    records: tuple[CallRecord, ...]
    scorecards: tuple[AgentScorecard, ...]
    night: Night

    def __call__(self) -> Iterator[CallRecord]:
        return iter(self.records)


def night(**changes: object) -> Night:
    facts: dict[str, object] = {
        "started_at": datetime(2026, 11, 2, 22, 0, tzinfo=CHINA),
        "finished_at": datetime(2026, 11, 3, 3, 12, tzinfo=CHINA),
        "rubric": "telecom-affinity@1",
        "rubric_name": "服务亲和力",
        "engine": "whisper base int8",
        "version": "0.1.0",
        "pass_mark": 80,
        "problems": ("calls.csv 第 7 行：没有工号", "d99.wav 不在话单里"),
    }
    return Night(**{**facts, **changes})  # type: ignore[arg-type]


def recording(call_id: str, *, duration_ms: int = 60_000, **facts: object) -> Recording:
    known: dict[str, object] = {
        "path": f"recordings/{call_id}.wav",
        "sha256": "0" * 64,
        "sample_rate_hz": 8000,
        "channel_count": 2,
        "codec": "pcm_alaw",
        "agent_id": "1001",
        "agent_name": "王小丽",
        "team": "一班",
        "started_at": datetime(2026, 11, 2, 9, 30, tzinfo=CHINA),
        "business": "话费查询",
    }
    return Recording(call_id=call_id, duration_ms=duration_ms, **{**known, **facts})  # type: ignore[arg-type]


def talk(
    lines: Sequence[tuple[Role, str]], *, first_ms: int = 1000, gap_ms: int = 600, confidence: float = 0.9
) -> tuple[Turn, ...]:
    """Turns of one-character words, 200 ms each; punctuation hangs on the word before it."""
    at = first_ms
    turns = []
    for role, text in lines:
        words: list[Word] = []
        for char in text:
            if words and not char.isalnum():
                words[-1] = Word(words[-1].text + char, words[-1].span, confidence)
                continue
            words.append(Word(char, Span(at, at + 200), confidence))
            at += 200
        turns.append(Turn(role, {Role.AGENT: 0, Role.CUSTOMER: 1}.get(role, 0), tuple(words)))
        at += gap_ms
    return tuple(turns)


def spoken_at(turns: Sequence[Turn], quote: str) -> tuple[Span, Role]:
    """Where the quote is said."""
    for turn in turns:
        at = turn.text.find(quote)
        if at < 0:
            continue
        inside, chars = [], 0
        for word in turn.words:
            if chars < at + len(quote) and chars + len(word.text) > at:
                inside.append(word)
            chars += len(word.text)
        return Span(inside[0].span.start_ms, inside[-1].span.end_ms), turn.role
    raise LookupError(quote)


def finding(rule_id: str, turns: Sequence[Turn], quote: str, **facts: object) -> Finding:
    span, role = spoken_at(turns, quote)
    known: dict[str, object] = {"message": f"坐席说了“{quote}”", "confidence": 0.87}
    return Finding(rule_id=rule_id, span=span, role=role, quote=quote, **{**known, **facts})  # type: ignore[arg-type]


def score(
    call_id: str,
    findings: Sequence[Finding] = (),
    *,
    undetermined: dict[str, str] | None = None,
    not_applicable: dict[str, str] | None = None,
    vetoed_by: tuple[str, ...] = (),
    needs_review: tuple[str, ...] = (),
) -> CallScore:
    """Deducts as the rubric of these tests says; items with an undetermined rule leave the denominator."""
    undetermined, not_applicable = undetermined or {}, not_applicable or {}
    items = []
    for item_id, name, points, rules in ITEMS:
        verdicts, lost, counted = [], 0, False
        for number, (rule_id, rule_name, deduction) in enumerate(rules, start=1):
            mine = [f for f in findings if f.rule_id == rule_id]
            facts: dict[str, object] = {}
            if rule_id in undetermined:
                outcome, facts["reason"] = Outcome.UNDETERMINED, undetermined[rule_id]
                facts["findings"] = tuple(mine)
            elif rule_id in not_applicable:
                outcome, facts["reason"] = Outcome.NOT_APPLICABLE, not_applicable[rule_id]
            elif mine:
                outcome, counted = Outcome.VIOLATED, True
                priced = []
                for each in mine:
                    cost = min(deduction, points - lost)
                    lost += cost
                    priced.append(_with_points(each, cost))
                facts |= {"findings": tuple(priced), "points": sum(f.points for f in priced)}
            else:
                outcome, counted = Outcome.MET, True
            verdicts.append(
                Verdict(
                    rule_id=rule_id,
                    code=f"{item_id}.{number}",
                    name=rule_name,
                    outcome=outcome,
                    veto=rule_id == "asks_password",
                    advice=ADVICE.get(rule_id, ""),
                    better=BETTER.get(rule_id, ""),
                    source=f"讲义 {DIMENSIONS[item_id[:2]]}·{name}",
                    **facts,  # type: ignore[arg-type]
                )
            )
        judged = counted and not any(v.outcome is Outcome.UNDETERMINED for v in verdicts)
        tally = Tally(points - lost, points) if judged else Tally()
        items.append(
            ItemScore(item_id=item_id, name=name, dimension_id=item_id[:2], tally=tally, verdicts=tuple(verdicts))
        )
    dimensions = tuple(
        DimensionScore(
            dimension_id=id_, name=name, tally=sum((i.tally for i in items if i.dimension_id == id_), Tally())
        )
        for id_, name in DIMENSIONS.items()
    )
    before = sum((i.tally for i in items), Tally())
    return CallScore(
        call_id=call_id,
        rubric="telecom-affinity@1#seed",
        items=tuple(items),
        dimensions=dimensions,
        before_veto=before,
        tally=Tally(0, before.out_of) if vetoed_by else before,
        vetoed_by=vetoed_by,
        needs_review=needs_review or (("有规则判不了",) if undetermined else ()),
    )


def _with_points(each: Finding, points: int) -> Finding:
    return Finding(
        rule_id=each.rule_id,
        span=each.span,
        role=each.role,
        quote=each.quote,
        message=each.message,
        points=points,
        near=each.near,
        confidence=each.confidence,
    )


def record(rec: Recording, turns: Sequence[Turn], call_score: CallScore | None, **facts: object) -> CallRecord:
    """Facts: layout, roles, trust, measurements."""
    roles = tuple(dict.fromkeys(turn.role for turn in turns)) or (Role.AGENT, Role.CUSTOMER)
    speech = {role: merge(t.span for t in turns if t.role is role) for role in roles}
    agent_ms = sum(s.duration_ms for s in speech.get(Role.AGENT, ()))
    known: dict[str, object] = {
        "roles": Roles(by_track=roles, confidence=1.0, source="call_list"),
        "trust": Trust(grade=TrustGrade.HIGH, coverage=0.97, confidence=0.88),
        "measurements": (
            Measurement("speech_rate_spm", 214.6, "syllables/min", rec.span, Role.AGENT),
            Measurement("talk_share", 0.56, "ratio", rec.span, Role.AGENT),
            Measurement("talk_ms", agent_ms, "ms", rec.span, Role.AGENT),
            Measurement("dead_air_ms", 6200, "ms", Span(20_000, 26_200)),
            Measurement("dead_air_ms", 9100, "ms", Span(40_000, 49_100)),
        ),
        "speech": speech,
        "layout": "stereo",
    }
    call = Call(recording=rec, turns=tuple(turns), **{**known, **facts})  # type: ignore[arg-type]
    tracks = tuple(
        Track(channel=i, speech=speech.get(role, ()), words=tuple(w for t in turns if t.role is role for w in t.words))
        for i, role in enumerate(roles)
    )
    transcript = Transcript(
        engine="whisper base int8",
        tracks=tracks,
        removed=(Removed(channel=1, span=Span(0, 900), text="字幕由志愿者提供", reason="hallucination"),),
        layout=call.layout,
    )
    return CallRecord(recording=rec, transcript=transcript, call=call, score=call_score)


A, C = Role.AGENT, Role.CUSTOMER
GOOD = (
    (A, "您好，很高兴为您服务，请问有什么可以帮您？"),
    (C, "你好，我想查一下上个月的话费，好像多扣了二十块。"),
    (A, "好的，请您稍等，我马上为您查询。"),
    (A, "让您久等了，多出来的是彩铃的月租，我现在帮您取消，您看可以吗？"),
    (C, "可以，我的号码是幺三八零零幺三八零零零。"),
    (A, "已经办好了，请问还需要其它服务吗？"),
    (C, "没有了，谢谢。"),
    (A, "感谢您的来电，祝您生活愉快，再见。"),
)
BAD = (
    (A, "喂，说吧。"),
    (C, "你们怎么又给我乱扣费，我根本没有订过什么彩铃，我要投诉！"),
    (A, "这个不归我管，你去营业厅问吧。"),
    (C, "我就是打电话来问你们的，怎么让我跑营业厅？"),
    (A, "我不知道，系统里就是这么显示的。"),
    (C, "那你帮我取消了，把钱退给我。"),
    (A, "退费我没办法，你怎么不早说？"),
    (C, "你这是什么态度！"),
    (A, "你要投诉就去投诉。"),
)
VETO = (
    (A, "您好，请问有什么可以帮您？"),
    (C, "我想改一下套餐。"),
    (A, "请把您的服务密码告诉我。"),
    (C, "密码是四五六七八九。"),
    (A, "好的，再见。"),
)
HOSTILE = '</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">\'"&\u202e反\u202c😀'


def sample(audio: Path | None = None) -> Sample:
    """A small night with every kind of call. With `audio`, recordings point at that file."""
    where = {"path": str(audio), "codec": ""} if audio else {}
    good = talk(GOOD)
    bad = talk(BAD)
    veto = talk(VETO)
    records = [
        record(recording("c01", **where), good, score("c01")),
        record(
            recording("c02", agent_id="1002", agent_name="李强", business="投诉乱扣费", **where),
            bad,
            score(
                "c02",
                [
                    finding("forbidden_phrase", bad, "说吧", near="喂，说吧", message="服务忌语“说吧”"),
                    finding("shirking_phrase", bad, "不归我管"),
                    finding("negative_phrase", bad, "我不知道"),
                    finding("negative_phrase", bad, "没办法"),
                    finding("rhetorical_question", bad, "你怎么不早说"),
                    finding("forbidden_phrase", bad, "你要投诉就去投诉"),
                    Finding(
                        rule_id="closing",
                        span=Span(bad[-1].span.start_ms, bad[-1].span.end_ms),
                        role=A,
                        quote=bad[-1].text,
                        message="结束时没有感谢或道别",
                    ),
                ],
                not_applicable={"consent_question": "没有提出方案"},
            ),
            measurements=(
                Measurement("speech_rate_spm", 268.0, "syllables/min", Span(0, 60_000), A),
                Measurement("interruption_ms", 1400, "ms", Span(13_000, 14_400), A),
            ),
        ),
        record(
            recording("c03", agent_id="1003", agent_name="赵敏", team="二班", business="套餐变更", **where),
            veto,
            score(
                "c03",
                [finding("asks_password", veto, "服务密码告诉我")],
                vetoed_by=("asks_password",),
                needs_review=("一票否决，请人工确认",),
            ),
        ),
        record(
            recording("c04", channel_count=1, agent_id="1003", agent_name="赵敏", team="二班", **where),
            talk([(Role.UNKNOWN, text) for _, text in GOOD], confidence=0.42),
            score(
                "c04",
                undetermined={item[3][0][0]: "单声道，分不清谁是坐席" for item in ITEMS},
                needs_review=("分不清角色",),
            ),
            layout="mono",
            roles=Roles(by_track=(Role.UNKNOWN,), confidence=0.0, source="none"),
            trust=Trust(grade=TrustGrade.LOW, coverage=0.61, confidence=0.42, reasons=("四成语音没有转出文字",)),
        ),
        CallRecord(
            recording=recording("c05", agent_id="1001", duration_ms=0, path="recordings/missing.wav"),
            failure=Failure(stage="ingest", slug="audio-unreadable", message="文件不是录音：开头是文字"),
        ),
        record(
            recording("c06", agent_id="1004", agent_name="孙悦", team="二班", started_at=None, **where),
            bad,
            score(
                "c06",
                [finding("shirking_phrase", bad, "不归我管"), finding("rhetorical_question", bad, "你怎么不早说")],
                undetermined={"rhetorical_question": "这几个字听得不清（0.31）"},
            ),
            roles=Roles(
                by_track=(A, C),
                confidence=0.83,
                source="content",
                evidence=(RoleEvidence(track=0, role=A, span=bad[0].span, quote=bad[0].text, why="先开口"),),
            ),
            trust=Trust(grade=TrustGrade.MEDIUM, coverage=0.84, confidence=0.66, reasons=("客户声道有回声",)),
        ),
    ]
    return night_of(records)


def hostile(audio: Path | None = None) -> Sample:
    """Names and words that try to be more than text."""
    turns = talk([(A, f"您好{HOSTILE}"), (C, '=HYPERLINK("http://x")'), (A, "我不知道" + HOSTILE)])
    nasty = f"../../{HOSTILE}/con"
    rec = recording(
        nasty,
        agent_id=HOSTILE,
        agent_name="=1+1",
        team=f"@{HOSTILE}",
        business="+1",
        path=str(audio) if audio else f"recordings/{HOSTILE}.wav",
        codec="" if audio else "pcm_s16le",
    )
    call_score = score(
        nasty,
        [finding("negative_phrase", turns, "我不知道", message=f"=cmd|{HOSTILE}", near=HOSTILE)],
        undetermined={"greeting": HOSTILE},
        needs_review=(HOSTILE,),
    )
    failed = CallRecord(
        recording=recording("-", agent_id=None, agent_name="", team=""),
        failure=Failure(stage=HOSTILE, slug=HOSTILE, message=HOSTILE),
    )
    return night_of(
        [record(rec, turns, call_score), failed],
        problems=(HOSTILE,),
        rubric=HOSTILE,
        rubric_name=HOSTILE,
        engine=HOSTILE,
    )


def night_of(records: Sequence[CallRecord], **changes: object) -> Sample:
    return Sample(tuple(records), scorecards((r.recording, r.score) for r in records), night(**changes))


def made_call(number: int, agents: int, seed: int = 7) -> CallRecord:
    """Call `number` of a large night: about 40 turns, a few findings, now and then a failure."""
    chance = random.Random(seed * 1_000_003 + number)
    agent = number % agents
    rec = recording(
        f"call{number:06d}",
        duration_ms=240_000,
        agent_id=f"{1000 + agent}",
        agent_name=f"坐席{agent + 1}",
        team=f"{agent % 12 + 1}班",
        started_at=datetime(2026, 11, 2, 1, 0, tzinfo=UTC) + timedelta(seconds=number),
    )
    if chance.random() < 0.01:
        return CallRecord(
            recording=rec, failure=Failure(stage="transcribe", slug="audio-unreadable", message="录音读到一半断了")
        )
    lines: list[tuple[Role, str]] = []
    while len(lines) < 36:
        lines += [*(BAD if chance.random() < 0.3 else GOOD)]
    turns = talk(lines)
    found = []
    for rule_id, quote in (
        ("shirking_phrase", "不归我管"),
        ("negative_phrase", "我不知道"),
        ("rhetorical_question", "你怎么不早说"),
        ("forbidden_phrase", "说吧"),
    ):
        if chance.random() < 0.35 and any(quote in turn.text for turn in turns):
            found.append(finding(rule_id, turns, quote))
    unsure = {"volume": "录音里没有参照"} if chance.random() < 0.05 else {}
    return record(rec, turns, score(rec.call_id, found, undetermined=unsure))

"""Says how far a transcript can be believed, and why: a bad one must not cost anybody a point.

Turns are graded by themselves in `turn_trust.py`, where the calibration stands too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa.hanzi import syllables
from qa.measure.parties import parties_of
from qa.measure.turn_trust import echoes, grade_turns
from qa.model import Measurement, Role, Roles, Track, Transcript, Trust, TrustGrade, Turn
from qa.span import Span, merge, subtract, total_ms

GOOD_COVERAGE, POOR_COVERAGE = 0.85, 0.6
"""Share of speech that ended in words, of the whole call and of the agent alone."""
GOOD_CONFIDENCE, POOR_CONFIDENCE = 0.6, 0.4
"""Mean word confidence. whisper-base gives 0.7 to 0.9 on clean calls and under 0.5 where it guesses."""
GOOD_REMOVED, POOR_REMOVED = 0.1, 0.4
"""Syllables thrown away as invented, over those and the ones kept."""
GOOD_ROLES, POOR_ROLES = 0.9, 0.5
"""Probability that agent and customer are not mixed up."""
CLIPPED_PCT, OVERDRIVEN_PCT = 1.0, 10.0
"""Share of a party's speech at full scale. Loud vowels touch it (below 0.3 % on the labelled calls); 1 % is audible."""
QUIET_DB, FAINT_DB = -45.0, -60.0
"""Level of a party's speech. Telephone speech lies at -30 to -15 dBFS; under -45 line noise competes with it."""
LOUD_BLEED_DB, MIXED_BLEED_DB = -22.0, -10.0
"""The other party in one's channel, against one's own voice. On labelled calls with bleed added (`qa.sound.bleed`) none of
it passes for the party's own speech under -22 dB; above, up to a twentieth does; above -10 dB, a tenth to a half."""
NARROW_HZ, MUFFLED_HZ = 2300.0, 1500.0
"""Upper edge of the band. A telephone line gives 3400 or a little more. Three labelled calls with their treble filtered
away: 11.8 % of characters wrong at 3500 Hz, 13.2 at 2900, 12.3 at 2500, 17.2 at 2100, 15.9 at 1800; below was not tried."""
SOME_ECHO, MUCH_ECHO = 0.05, 0.2
"""Share of turns that are heard in another channel at the same time, both counted."""
NEAR_MS = 400
"""Speech this close to a word is heard: recognisers leave out the edges of words."""
LEAST_GAP_MS = 300
"""Shorter speech without words is breath."""


def assess(
    transcript: Transcript, roles: Roles, turns: Sequence[Turn], measurements: Sequence[Measurement] = ()
) -> Trust:
    """The worst of its grounds decides. `reasons` are Chinese, for people; empty where all is well.

    Level and clipping are judged where `measurements` have them.
    """
    tracks = [t for t, role in zip(transcript.tracks, roles.by_track, strict=True) if role is not Role.OTHER]
    echoed = echoes(transcript, turns)
    graded = grade_turns(transcript, turns, measurements, echoed)
    words = [word for track in tracks for word in track.words]
    confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
    coverage = _coverage(tracks)
    grounds = list(_grounds(transcript, roles, turns, coverage=coverage, confidence=confidence))
    grounds += _line_grounds(transcript, roles)
    grounds += _sound_grounds(measurements)
    grounds += _echo_grounds(turns, echoed)
    order = (TrustGrade.HIGH, TrustGrade.MEDIUM, TrustGrade.LOW)
    grade = max((grade for grade, _ in grounds), key=order.index, default=TrustGrade.HIGH)
    reasons = tuple(reason for _, reason in sorted(grounds, key=lambda ground: -order.index(ground[0])))
    return Trust(
        grade=grade,
        coverage=round(coverage, 3),
        confidence=round(confidence, 3),
        reasons=reasons,
        turns=graded,
    )


def _grounds(
    transcript: Transcript, roles: Roles, turns: Sequence[Turn], *, coverage: float, confidence: float
) -> Iterator[tuple[TrustGrade, str]]:
    if not turns:
        parties = parties_of(transcript, roles, turns)
        yield TrustGrade.LOW, "有说话声，但一个字都没有转写出来" if parties.anybody else "录音里没有听到说话"
        return
    if grade := _grade(coverage, GOOD_COVERAGE, POOR_COVERAGE):
        yield grade, f"只有 {coverage:.0%} 的说话时间转写出了文字"
    agents = [t for t, role in zip(transcript.tracks, roles.by_track, strict=True) if role is Role.AGENT]
    theirs = _coverage(agents)
    if theirs < coverage and (grade := _grade(theirs, GOOD_COVERAGE, POOR_COVERAGE)):
        yield grade, f"坐席的说话时间只有 {theirs:.0%} 转写出了文字"
    if grade := _grade(confidence, GOOD_CONFIDENCE, POOR_CONFIDENCE):
        yield grade, f"识别把握偏低（平均 {confidence:.2f}）"
    invented = sum(syllables(removed.text) for removed in transcript.removed)
    kept = sum(syllables(turn.text) for turn in turns)
    share = invented / (invented + kept) if invented else 0.0
    if grade := _grade(1 - share, 1 - GOOD_REMOVED, 1 - POOR_REMOVED):
        yield grade, f"去掉了 {share:.0%} 的识别结果（重复或凭空出现的文字）"
    yield from _role_grounds(roles)


def _sound_grounds(measurements: Sequence[Measurement]) -> Iterator[tuple[TrustGrade, str]]:
    for row in measurements:
        if row.role is None:
            continue
        if row.name == "clipping_pct" and (grade := _grade(-row.value, -CLIPPED_PCT, -OVERDRIVEN_PCT)):
            yield grade, f"{row.role.label}的声音削波失真（{row.value:.1f}% 到了满刻度）"
        if row.name == "bleed_db" and (grade := _grade(-row.value, -LOUD_BLEED_DB, -MIXED_BLEED_DB)):
            louder = (
                f"比自己的声音还大 {row.value:.0f} dB" if row.value > 0 else f"只比自己的声音小 {-row.value:.0f} dB"
            )
            yield grade, f"{row.role.label}的声道里听得到对方（{louder}），话可能记错人"
        if row.name == "band_hz" and (grade := _grade(row.value, NARROW_HZ, MUFFLED_HZ)):
            yield grade, f"{row.role.label}的声音发闷（频带只到 {row.value:.0f} Hz，电话应到 3400 Hz）"
        if row.name == "loudness_db" and (grade := _grade(row.value, QUIET_DB, FAINT_DB)):
            yield grade, f"{row.role.label}的声音太小（{row.value:.0f} dB）"


def _line_grounds(transcript: Transcript, roles: Roles) -> Iterator[tuple[TrustGrade, str]]:
    if transcript.layout == "fake_stereo":
        yield TrustGrade.MEDIUM, "2 个声道是同一个声音，只能按单声道听"
    if transcript.layout != "stereo":
        return
    for track, role in zip(transcript.tracks, roles.by_track, strict=True):
        if track.dead:
            # Not having been recorded is not having been silent.
            whose = f"，{role.label}说的话没有录下来" if role in (Role.AGENT, Role.CUSTOMER) else ""
            yield TrustGrade.LOW, f"声道 {track.channel + 1} 没有声音（0 秒）{whose}"


def _echo_grounds(turns: Sequence[Turn], echoed: Sequence[Sequence[int]]) -> Iterator[tuple[TrustGrade, str]]:
    """Between parties only: an announcement that both channels hear is no crosstalk."""
    parties = {i for i, turn in enumerate(turns) if turn.role is not Role.OTHER}
    count = sum(not parties.isdisjoint(echoed[i]) for i in parties)
    share = count / len(parties) if parties else 0.0
    if share >= SOME_ECHO:
        grade = TrustGrade.LOW if share >= MUCH_ECHO else TrustGrade.MEDIUM
        yield grade, f"{len(parties)} 个话轮里有 {count} 个两边声道同时说同样的话，可能是串音"


def _role_grounds(roles: Roles) -> Iterator[tuple[TrustGrade, str]]:
    if Role.AGENT not in roles.by_track:
        yield TrustGrade.MEDIUM, "分不出哪些话是坐席说的"
    elif grade := _grade(roles.confidence, GOOD_ROLES, POOR_ROLES):
        doubted = roles.source == "call_list"
        yield (
            grade,
            "声道可能写反了：听起来坐席和客户与通话列表相反"
            if doubted
            else f"坐席和客户的判断把握不足（{roles.confidence:.0%}）",
        )


def _grade(value: float, good: float, poor: float) -> TrustGrade | None:
    """None where `value` is good enough to say nothing."""
    if value >= good:
        return None
    return TrustGrade.LOW if value < poor else TrustGrade.MEDIUM


def _coverage(tracks: Sequence[Track]) -> float:
    """Share of speech time with words in it or near, 0 to 1; 1 where nobody speaks."""
    speech_ms = sum(total_ms(track.speech) for track in tracks)
    if not speech_ms:
        return 1.0
    silent_ms = 0
    for track in tracks:
        near = [Span(word.span.start_ms - NEAR_MS, word.span.end_ms + NEAR_MS) for word in track.words]
        bare = [span for span in subtract(track.speech, near) if span.duration_ms >= LEAST_GAP_MS]
        silent_ms += total_ms(merge([*bare, *track.unheard]))
    return max(0.0, 1 - silent_ms / speech_ms)

"""Says which track is the agent: a person, the sidecar, the call list, else what is said; one mixed voice → UNKNOWN.

What is said is weighed, not looked up: each cue adds to the log-odds that its speaker is the agent, so a recogniser
that garbles half the greeting still leaves enough. Weights are judgement, checked on labelled calls with their roles
hidden; cues help one another less than independent ones would, so the sum is tempered before it becomes a probability.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec

from qa.hanzi import spoken
from qa.model import Recording, Role, RoleEvidence, Roles, Track, Transcript
from qa.span import Span, common, total_ms
from qa.transcribe.announcement_phrases import quotes
from qa.transcribe.correction import RoleCorrection

OPENING_MS = 25_000
"""The greeting is said in the first part of the call."""
DECIDED_FROM = 0.6
"""Under this probability nobody is named: UNKNOWN costs no points, a wrong name does."""
CONTRADICTS_FROM = 0.97
"""How sure the words must be before they throw doubt on the call list."""
FIRST_SPEAKER = 0.7
"""Log-odds for whoever speaks first: agents pick up and greet, but called customers say 喂."""
ALONE_FROM = 3.0
"""Log-odds from which a lone voice of a mono call is an agent whom nobody answers."""
ALONE_MS = 40_000
ALONE_QUIET = 0.35
"""Nobody talks longer, or with less quiet between first and last word, when nobody answers: two voices taken for one."""
ASIDE_MS = 4000
"""A third voice that says more than this is no aside."""
_MACHINE = re.compile(
    r"请?按(?:[零一二三四五六七八九]|\d|井号|星号)|(?:通话|电话|来电).{0,4}(?:将被|会被|可能被|将会).{0,2}录音|坐席(?:全忙|忙)|"
    r"正在(?:为您)?转接|您拨打的|请在.{0,6}(?:滴|嘀|提示音)|请.{0,6}(?:服务|满意度).{0,4}(?:评价|打分)"
)
_HUMAN = re.compile(r"[吗呢]|我(?:想|要|的)|嗯|好的")
_AT_MOST = 0.98
"""Words alone never make certain."""
_TEMPER = 0.5
_SHOWN = 4
"""Pieces of evidence kept for each track: the heaviest."""


class _Cue(msgspec.Struct, frozen=True):
    weight: float
    """Log-odds for the agent; negative speaks for the customer."""
    pattern: str
    """Over spoken characters alone, one line for each stretch without a full stop or a pause of a second."""
    why: str
    only_opening: bool = False


_CUES = (
    # Alternatives name what recognisers make of these words (致电 → 至电, 还需要其它 → 还是要其他).
    _Cue(2.5, r"[为为位][您你]服[务物]|[您你]服务请问|高兴.{0,2}[您你]服", "报“为您服务”"),
    _Cue(2.0, r"什么.{0,2}可以?帮|可以帮[助到]?[您你]|帮到?[您你]的?吗|需要.{0,4}帮助吗|帮助[您你]", "询问有什么可以帮忙"),
    _Cue(2.0, r"欢迎[致至之质]?[电拨]|[致至之]电.{0,8}(?:客服|服务|热线|中心)|(?:客户服务|客服|服务)热线", "报热线名称"),
    _Cue(2.0, r"客服代表|客户代表|话务员|工号(?!是多少|多少)|[零一二三四五六七八九幺\d]{3,6}号.{0,3}(?:很?高兴|为)", "报工号"),
    _Cue(1.5, r"我是.{0,8}(?:客服|客户经理|专员|服务中心)|这里是.{0,12}(?:客服|热线|中心|公司|电信|移动|联通|银行)", "自报单位"),
    _Cue(1.0, r"^.{0,3}您好", "先说“您好”", only_opening=True),
    _Cue(1.5, r"请问(?:是|您是).{0,6}(?:先生|女士|小姐|本人|机主)|打扰[您你]", "核对对方是谁"),
    _Cue(2.0, r"还[需是]?要其[他它]|其[他它].{0,3}(?:服务|需要|帮)|还有(?:什么|别的|其[他它]).{0,3}(?:需要|事|问题|可以帮|帮)", "询问还需要什么"),
    _Cue(2.0, r"感谢[您你]?.{0,3}[来致至]电|感谢[您你](?:使用|的?耐心|的理解|的支持)|[您你]的来电", "感谢来电"),
    _Cue(1.5, r"祝[您你].{0,6}(?:愉快|快乐|顺利)|生活愉快", "送上祝愿"),
    _Cue(1.5, r"(?:让|劳)[您你]久等|耐心等待|请?[您你]稍等|请稍[等后候]", "请对方等待"),
    _Cue(1.5, r"[为帮给](?:您|你)(?:查|核实|登记|办理|转接|申请|处理|记录|反映|看一下|取消|开通|解决)|(?:正在|马上).{0,3}查询", "替对方办理"),
    _Cue(1.2, r"[您你]贵姓|怎么称呼|请[您你].{0,3}(?:提供|报一下|说一下|告诉我|保持|保存|留)|[您你]的.{0,4}(?:号码|账号|地址)是|身份证号码?[吗是]?", "向对方要资料"),
    _Cue(1.2, r"(?:不便|麻烦|体验).{0,4}(?:抱歉|谅解)|(?:抱歉|对不起).{0,6}(?:不便|麻烦|没有声音|体验)|[您你]的心情|请[您你]?(?:谅解|放心|理解)", "致歉或安抚"),
    _Cue(1.0, r"[您你]看(?:可以|行|好|这样)|(?:可以|好|行)吗$|给[您你]带来", "征求意见"),
    _Cue(0.8, r"(?:先生|女士|小姐)(?:[您你]好|请|[您你])|系统(?:里|上|中)?(?:显示|查|就是)|已经帮[您你]|工单|公司规定|营业厅(?:问|办|咨询)", "说业务口径"),
    _Cue(1.0, r"(?:不归|不是)我(?:管|负责)|你要投诉就|你自己(?:去|看|想|查)|有没有听我|不是告诉你了", "推给对方"),
    _Cue(0.2, r"您", "称对方“您”"),
    _Cue(-2.0, r"我(?:就是)?(?:想|要|打算|需要)(?:问|查|咨询|办|退|改|投诉|取消|开|换|装|拆|订|知道|了解|反映|报|注销|销|转|买|续|申请|一个?|把)", "说自己的来意"),
    _Cue(-1.5, r"我(?:的|们?家|家里|这(?:边|里|个)|那个?|上个月|这个月|昨天|今天|前天).{0,8}(?:怎么|为什么|多|没|不|坏|停|断|网|费|卡|号|信号|宽带|手机|套餐|话费|流量)", "说自己的情况"),
    _Cue(-1.5, r"你们.{0,6}(?:怎么|为什么|什么|业务员|公司|网|信号|客服|这|的|又|到底|还|是不是|都)", "说“你们”"),
    _Cue(-1.2, r"(?:你|您)(?:帮|给)我|帮我(?:查|看|办|取消|换|改|开|问|弄|转|处理)", "请对方办事"),
    _Cue(-1.0, r"我姓|我叫|我是(?:机主|本人)|我的(?:号码|账号|身份证|地址|卡号)是", "报自己的资料"),
    _Cue(-1.0, r"没有了|不用了|没了|没事了|那算了|好吧$|行吧$|那好吧?|知道了", "答没有别的事"),
    _Cue(-0.8, r"谢谢[你啊]|麻烦你了|太慢|太差|什么态度|乱扣|凭什么|到底管不管|多少钱|怎么(?:收费|办|回事|开通|弄)|为什么", "诉求或疑问"),
    _Cue(-0.8, r"我(?:都|已经|就|又|刚才?|每次)(?:打|说|交|等|充|用|办)|我不(?:想|太会|要|懂|知道怎么)|我怎么|我没听懂|我.{0,3}录音", "以客户身份说话"),
    _Cue(-0.8, r"[你您]?能不能|[你您]怎么|怎么(?:这样|说话)|我(?:告诉|跟)你说|不问了|你这是", "追问或不满"),
    _Cue(-0.8, r"^(?:喂)?你好我|^喂$", "接通后先说自己", only_opening=True),
)  # fmt: skip
_COMPILED = tuple((cue, re.compile(cue.pattern, re.MULTILINE)) for cue in _CUES)
_LINE_ENDS = tuple(".?!\u3002\uff1f\uff01")
_LINE_PAUSE_MS = 1000
_MOST_HITS = {"称对方“您”": 8}
"""How often one cue counts for one track; else twice."""


def assign(transcript: Transcript, recording: Recording, correction: RoleCorrection | None = None) -> Roles:
    """Who the tracks are, how sure that is, and why. What a person said about this very recording goes before all.

    Announcements are nobody's, whoever's channel they are heard in.
    """
    announced = [(i, track) for i, track in enumerate(transcript.tracks) if track.is_announcement]
    if not announced:
        return _parties_named(transcript, recording, correction)
    first = announced[0][0]
    voices = msgspec.structs.replace(transcript, tracks=transcript.tracks[:first])
    roles = _parties_named(voices, recording, correction)
    evidence = tuple(
        RoleEvidence(
            track=i,
            role=Role.OTHER,
            span=track.words[0].span.cover(track.words[-1].span),
            quote="\u3001".join(quotes("".join(word.text for word in track.words))[:_SHOWN]),
            why="录音播报，不算任何人说的",
        )
        for i, track in announced
    )
    return msgspec.structs.replace(
        roles, by_track=(*roles.by_track, *(Role.OTHER for _ in announced)), evidence=(*roles.evidence, *evidence)
    )


def _parties_named(transcript: Transcript, recording: Recording, correction: RoleCorrection | None) -> Roles:
    tracks = transcript.tracks
    if correction is not None and correction.voices and correction.sha256 == recording.sha256:
        return _from_person(transcript, correction)
    if any(track.role for track in tracks):
        named = tuple(track.role or Role.UNKNOWN for track in tracks)
        return Roles(by_track=named, confidence=1.0, source="sidecar")
    if transcript.layout == "stereo" and _map_fits(tracks, recording.channel_roles):
        return _from_call_list(tracks, recording.channel_roles or ())
    if transcript.layout != "stereo":
        return _among_voices(tracks, recording)
    return _from_words(tracks, [_Score(track) for track in tracks])


def _among_voices(tracks: Sequence[Track], recording: Recording) -> Roles:
    """Voices told apart in one channel: not each of them is a party, and words may lie with the wrong one."""
    nobody = Roles(
        by_track=(Role.UNKNOWN,) * len(tracks), confidence=0.0, source="none", doubt=_doubt(tracks, recording)
    )
    if _is_mixed(tracks):
        return nobody
    scores = [_Score(track) for track in tracks]
    talking = [i for i, track in enumerate(tracks) if track.words and not _is_machine(track)]
    if len(talking) == 1:
        # Two voices taken for one would put the customer's words into the agent's mouth, so nothing may sound like one.
        score = scores[talking[0]]
        alone = score.total >= ALONE_FROM and all(hit.cue.weight > 0 for hit in score.hits)
        alone = alone and _unanswered(tracks[talking[0]])
        found = _from_words([tracks[talking[0]]], [score]) if alone else nobody
    else:
        parties = _parties(tracks, scores, talking)
        found = _from_words([tracks[i] for i in parties], [scores[i] for i in parties]) if parties else nobody
        talking = list(parties)
    if found.source != "content":
        return nobody
    by_track = [Role.OTHER] * len(tracks)
    for i, role in zip(talking, found.by_track, strict=True):
        by_track[i] = role
    evidence = tuple(msgspec.structs.replace(piece, track=talking[piece.track]) for piece in found.evidence)
    return msgspec.structs.replace(found, by_track=tuple(by_track), evidence=evidence)


def _parties(tracks: Sequence[Track], scores: Sequence[_Score], talking: Sequence[int]) -> tuple[int, ...]:
    """The two who lead the conversation; nobody where a further voice says too much, or something an agent says.

    A transfer has two agents, and one person may be taken for two: then it takes a person to say who is who.
    """
    leading = sorted(talking, key=lambda i: -total_ms(tracks[i].speech))
    for i in leading[2:]:
        agent_like = any(hit.cue.weight >= 1 for hit in scores[i].hits)
        if agent_like or total_ms(tracks[i].speech) > ASIDE_MS:
            return ()
    return tuple(sorted(leading[:2]))


def _unanswered(track: Track) -> bool:
    """Whether a lone voice waits for answers that do not come."""
    spoken_ms = total_ms(track.speech)
    whole_ms = track.speech[-1].end_ms - track.speech[0].start_ms if track.speech else 0
    return spoken_ms <= ALONE_MS and spoken_ms <= (1 - ALONE_QUIET) * whole_ms


def _is_mixed(tracks: Sequence[Track]) -> bool:
    """Whether all voices still lie in one track."""
    return len(tracks) < 2 and not any(track.label for track in tracks)


def _is_machine(track: Track) -> bool:
    """Whether a voice announces rather than talks."""
    text = "".join(spoken(word.text) for word in track.words)
    return bool(_MACHINE.search(text)) and not _HUMAN.search(text)


def _doubt(tracks: Sequence[Track], recording: Recording) -> str:
    if not any(track.words for track in tracks):
        return ""
    if len(tracks) == 1 and not _is_mixed(tracks):
        return (
            "角色不明：只听出一个声音，可能是两个人的声音太像；"
            f"听过后，确实只有坐席一个人在说话，就运行 qa roles {recording.call_id} --agent 1"
        )
    if not _is_mixed(tracks):
        return f"角色不明：分开了 {len(tracks)} 个声音，听不出哪个是坐席；听过后运行 qa roles {recording.call_id} --agent 几号"
    return "角色不明：单声道录音，没有分开说话人；安装 mono 附加项（make mono）后再运行一次同样的命令"


def _from_person(transcript: Transcript, correction: RoleCorrection) -> Roles:
    """Channels are what they were; voices of a mono call are known by when they speak, whatever their numbers now."""
    by_track = []
    for track in transcript.tracks:
        named = [voice for voice in correction.voices if voice.channel == track.channel]
        if transcript.layout != "stereo":
            named = [voice for voice in named if common(voice.speech, track.speech)]
        nearest = max(named, key=lambda voice: total_ms(common(voice.speech, track.speech)), default=None)
        by_track.append(nearest.role if nearest else Role.UNKNOWN)
    return Roles(by_track=tuple(by_track), confidence=1.0, source="person")


def _map_fits(tracks: Sequence[Track], mapped: tuple[Role, ...] | None) -> bool:
    return mapped is not None and all(track.channel < len(mapped) for track in tracks)


def _from_call_list(tracks: Sequence[Track], mapped: tuple[Role, ...]) -> Roles:
    """The call list is believed; where both sides clearly sound like the other, its word is marked as doubtful."""
    by_track = tuple(mapped[track.channel] for track in tracks)
    scores = [_Score(track) for track in tracks]
    leans = tuple(Role.AGENT if score.total > 0 else Role.CUSTOMER for score in scores)
    heard = _from_words(tracks, scores)
    swapped = set(by_track) == {Role.AGENT, Role.CUSTOMER} and all(
        a is not b for a, b in zip(leans, by_track, strict=True)
    )
    if not swapped or heard.by_track != leans or heard.confidence < CONTRADICTS_FROM:
        return Roles(by_track=by_track, confidence=1.0, source="call_list")
    why = "与通话列表的声道安排相反："
    doubts = tuple(msgspec.structs.replace(piece, why=why + piece.why) for piece in heard.evidence)
    return Roles(by_track=by_track, confidence=round(1 - heard.confidence, 3), source="call_list", evidence=doubts)


def _from_words(tracks: Sequence[Track], scores: Sequence[_Score]) -> Roles:
    """The track that most sounds like an agent is the agent; the others are customers."""
    nobody = Roles(by_track=(Role.UNKNOWN,) * len(tracks), confidence=0.0, source="none")
    talking = [i for i, track in enumerate(tracks) if track.words]
    if not talking:
        return nobody
    if len(talking) == 1:
        # With one side silent there is nothing to compare with: an agent greets, a customer states a wish.
        only = talking[0]
        certainty = _probability(scores[only].total)
        is_agent = certainty >= 0.5
        by_track = tuple(Role.AGENT if (i == only) == is_agent else Role.CUSTOMER for i in range(len(tracks)))
        confidence = max(certainty, 1 - certainty)
    else:
        first = min(talking, key=lambda i: min(word.span.start_ms for word in tracks[i].words))
        totals = {i: scores[i].total + (FIRST_SPEAKER if i == first else 0) for i in talking}
        agent = max(talking, key=totals.__getitem__)
        second = max(total for i, total in totals.items() if i != agent)
        by_track = tuple(Role.AGENT if i == agent else Role.CUSTOMER for i in range(len(tracks)))
        confidence = _probability(totals[agent] - second)
    if confidence < DECIDED_FROM:
        return nobody
    evidence = tuple(
        RoleEvidence(track=i, role=by_track[i], span=hit.span, quote=hit.quote, why=hit.cue.why)
        for i in talking
        for hit in scores[i].best(by_track[i])
    )
    return Roles(by_track=by_track, confidence=round(confidence, 3), source="content", evidence=evidence)


def _probability(log_odds: float) -> float:
    return min(_AT_MOST, max(1 - _AT_MOST, 1 / (1 + math.exp(-_TEMPER * log_odds))))


class _Hit(msgspec.Struct, frozen=True):
    cue: _Cue
    span: Span
    quote: str


class _Score:
    """What one track says about who it is."""

    def __init__(self, track: Track) -> None:
        self.hits = tuple(_hits(track))
        self.total = sum(hit.cue.weight for hit in self.hits)

    def best(self, role: Role) -> list[_Hit]:
        sign = 1 if role is Role.AGENT else -1
        mine = sorted((hit for hit in self.hits if hit.cue.weight * sign > 0), key=lambda hit: -abs(hit.cue.weight))
        return sorted(mine[:_SHOWN], key=lambda hit: hit.span)


def _hits(track: Track) -> Iterator[_Hit]:
    words = sorted(track.words, key=lambda word: word.span.start_ms)
    pieces = []
    for i, word in enumerate(words):
        paused = i + 1 < len(words) and words[i + 1].span.start_ms - word.span.end_ms > _LINE_PAUSE_MS
        pieces.append(spoken(word.text) + ("\n" if paused or word.text.rstrip().endswith(_LINE_ENDS) else ""))
    ends = list(accumulate(len(piece) for piece in pieces))
    text = "".join(pieces)
    for cue, pattern in _COMPILED:
        left = _MOST_HITS.get(cue.why, 2)
        for match in pattern.finditer(text):
            first, last = (bisect_right(ends, at) for at in (match.start(), match.end() - 1))
            if left == 0 or (cue.only_opening and words[first].span.start_ms > OPENING_MS):
                break
            left -= 1
            span = words[first].span.cover(words[last].span)
            yield _Hit(cue, span, "".join(word.text for word in words[first : last + 1]))

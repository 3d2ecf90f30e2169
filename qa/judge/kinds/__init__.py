"""Every rule kind, by the name that rubrics use. A new kind is its file and one line here."""

from __future__ import annotations

from qa.judge.kinds.backchannel import Backchannel
from qa.judge.kinds.clock_greeting import ClockGreeting
from qa.judge.kinds.combine import Combine
from qa.judge.kinds.courtesy_ratio import CourtesyRatio
from qa.judge.kinds.curt_answers import CurtAnswers
from qa.judge.kinds.hold_etiquette import HoldEtiquette
from qa.judge.kinds.interruption import Interruption
from qa.judge.kinds.llm import Llm
from qa.judge.kinds.loudness import Loudness
from qa.judge.kinds.manual import Manual
from qa.judge.kinds.measure_limit import MeasureLimit
from qa.judge.kinds.phrase_after import PhraseAfter
from qa.judge.kinds.phrase_before import PhraseBefore
from qa.judge.kinds.phrase_count import PhraseCount
from qa.judge.kinds.phrase_forbidden import PhraseForbidden
from qa.judge.kinds.phrase_required import PhraseRequired
from qa.judge.kinds.question_count import QuestionCount
from qa.judge.kinds.raised_voice import RaisedVoice
from qa.judge.kinds.repeat_question import RepeatQuestion
from qa.judge.kinds.response_within import ResponseWithin
from qa.judge.kinds.silent_call import SilentCall
from qa.judge.kinds.surname_address import SurnameAddress
from qa.judge.rule import Rule

KINDS: dict[str, type[Rule]] = {
    "backchannel": Backchannel,
    "clock_greeting": ClockGreeting,
    "combine": Combine,
    "courtesy_ratio": CourtesyRatio,
    "curt_answers": CurtAnswers,
    "hold_etiquette": HoldEtiquette,
    "interruption": Interruption,
    "llm": Llm,
    "loudness": Loudness,
    "manual": Manual,
    "measure_limit": MeasureLimit,
    "phrase_after": PhraseAfter,
    "phrase_before": PhraseBefore,
    "phrase_count": PhraseCount,
    "phrase_forbidden": PhraseForbidden,
    "phrase_required": PhraseRequired,
    "question_count": QuestionCount,
    "raised_voice": RaisedVoice,
    "repeat_question": RepeatQuestion,
    "response_within": ResponseWithin,
    "silent_call": SilentCall,
    "surname_address": SurnameAddress,
}

"""Every rule kind, by the name that rubrics use. A new kind is its file and one line here."""

from __future__ import annotations

from qa.judge.kinds.measure_limit import MeasureLimit
from qa.judge.kinds.phrase_after import PhraseAfter
from qa.judge.kinds.phrase_count import PhraseCount
from qa.judge.kinds.phrase_forbidden import PhraseForbidden
from qa.judge.kinds.phrase_required import PhraseRequired
from qa.judge.rule import Rule

KINDS: dict[str, type[Rule]] = {
    "measure_limit": MeasureLimit,
    "phrase_after": PhraseAfter,
    "phrase_count": PhraseCount,
    "phrase_forbidden": PhraseForbidden,
    "phrase_required": PhraseRequired,
}

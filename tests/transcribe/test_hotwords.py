"""The trade's terms are written right, and innocent words stay what they are."""

import json
from pathlib import Path

import pytest

from qa.judge import load_rubric
from qa.model import Recording, Track, Transcript, Word
from qa.pipeline.fingerprints import Depends, fingerprints, reasons
from qa.span import Span
from qa.transcribe.hotwords import apply, correct

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "../shared"
HOTWORDS = ("话费", "查话费", "话费余额", "营业厅", "携号转网", "致电", "停机", "登记", "欠话费")
SHIPPED = load_rubric(ROOT / "rubrics/telecom-affinity.yaml").hotwords


def words(text: str) -> tuple[Word, ...]:
    return tuple(Word(c, Span(i * 150, i * 150 + 150), 0.9) for i, c in enumerate(text))


def corrected(text: str, hotwords: tuple[str, ...] = HOTWORDS) -> str:
    return "".join(word.text for word in correct(words(text), hotwords))


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("我的话飞怎么这么多,去营业听问吧", "我的话费怎么这么多,去营业厅问吧"),
        ("帮我查花费", "帮我查话费"),
        ("花费余额还剩多少", "话费余额还剩多少"),
        ("您好,欢迎至电中国电信", "您好,欢迎致电中国电信"),
    ],
)
def test_a_hotword_heard_right_and_written_wrong_is_written_right(heard: str, written: str) -> None:
    assert corrected(heard) == written


@pytest.mark.parametrize(
    "said",
    [
        "这要花费很多时间",
        "估计您也等急了",
        "客户挺急的",
        "十块钱话费您看",
        "我的花瓣,去营业吧,邪号准网",
        "好的再见",
        "",
    ],
)
def test_what_makes_sense_or_sounds_different_is_left_alone(said: str) -> None:
    assert corrected(said) == said


def test_without_a_list_or_with_single_characters_nothing_changes() -> None:
    assert corrected("话飞", ()) == "话飞"
    assert corrected("话飞", ("费",)) == "话飞"


def test_a_hotword_is_not_put_together_across_a_pause() -> None:
    apart = [Word("话", Span(0, 400), 0.9), Word("飞", Span(2000, 2400), 0.9)]
    assert [word.text for word in correct(apart, HOTWORDS)] == ["话", "飞"]


def test_correction_keeps_words_spans_and_confidence() -> None:
    before = [Word("话", Span(0, 200), 0.4), Word("飞，", Span(200, 400), 0.3)]
    assert correct(before, HOTWORDS) == (Word("话", Span(0, 200), 0.4), Word("费，", Span(200, 400), 0.3))


def test_every_track_is_corrected_and_nothing_else_of_the_transcript() -> None:
    track = Track(channel=0, speech=(Span(0, 300),), words=words("话飞"))
    transcript = Transcript(engine="e", tracks=(track, track), notes=("n",))
    done = apply(transcript, HOTWORDS)
    assert ["".join(w.text for w in t.words) for t in done.tracks] == ["话费", "话费"]
    assert (done.engine, done.notes, done.tracks[0].speech) == ("e", ("n",), track.speech)


def test_the_shipped_list_spoils_no_sentence_of_the_lexicons() -> None:
    sentences = (ROOT / "tests/lexicon_sentences.txt").read_text(encoding="utf-8").splitlines()
    spoilt = {line: corrected(line, SHIPPED) for line in sentences if corrected(line, SHIPPED) != line}
    assert len(sentences) > 1500
    assert spoilt == {}


@pytest.mark.shared
def test_the_shipped_list_spoils_no_reference() -> None:
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside the checkout")
    texts = [line.split("\t")[1] for line in (SHARED / "speech/refs.tsv").read_text(encoding="utf-8").splitlines()]
    for path in sorted((SHARED / "corpus").glob("*.truth.json")):
        texts += [turn["text"] for turn in json.loads(path.read_text(encoding="utf-8"))["turns"]]
    assert len(texts) > 200
    assert [text for text in texts if corrected(text, SHIPPED) != text] == []


def test_a_changed_list_measures_again_and_recognises_nothing_again() -> None:
    recording = Recording(
        call_id="c", path="c.wav", sha256="s", duration_ms=1, sample_rate_hz=8000, channel_count=2, agent_id=None
    )
    before = fingerprints(recording, Depends(engine="e", rubric="r", hotwords=("话费",)))
    now = fingerprints(recording, Depends(engine="e", rubric="r", hotwords=("话费", "致电")))
    assert before["transcribe"] == now["transcribe"]
    assert before["measure"] != now["measure"]
    assert reasons(before["measure"], now["measure"]) == ("行业词表（hotwords）变了",)

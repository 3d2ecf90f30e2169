"""One wrong rubric for each message: what is told, at which line and column, with which hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import UsageError
from qa.judge import check, load_rubric
from qa.judge.problems import RubricProblem

LEXICONS = """\
lexicons:
  greeting:
    name: 问候
    phrases: [您好]
    examples: {hit: [您好], miss: [再见]}
  farewell: {name: 道别, phrases: [再见]}
"""

RUBRIC = """\
id: test
version: "1"
name: 测试
lexicons: lexicons.yaml
profiles:
  seed: {fast: {max: 200}}
  centre: {fast: {max: 300}}
default_profile: seed
dimensions:
  - id: NX
    name: 耐心
    weight: 100
    items:
      - id: NX-1
        name: 项
        points: 100
        rules:
          - id: hello
            code: NX-1.1
            name: 问候
            kind: phrase_required
            any_of: {lexicon: greeting}
            window: {first: 15s}
            deduct: 2
            message: 说的是“{quote}”
            source: 测试
            examples:
              good: [您好]
              bad: [说吧]
          - id: fast
            code: NX-1.2
            name: 快
            kind: measure_limit
            measure: speech_rate_spm
            role: agent
            max: 100
            deduct: 2
            source: 测试
            examples:
              good: [您好请说]
              bad: ["[0-1]坐席：您好很高兴为您服务请问"]
"""

WRONG = {
    "an unknown key": ("deduct: 2\n            message", "dedcut: 2\n            message", "24:13", "不认识的键“dedcut”", "deduct"),
    "an unknown kind": ("kind: phrase_required", "kind: phrase_reqired", "21:19", "没有规则类型“phrase_reqired”", "phrase_required"),
    "an unknown lexicon": ("{lexicon: greeting}", "{lexicon: greetin}", "22:31", "没有词表“greetin”", "greeting"),
    "a time without a unit": ("first: 15s", "first: 15", "23:29", "时间“15”要带单位", "15s"),
    "a choice that is none": ("role: agent", "role: agnet", "35:19", "“agnet”不在可选的值里", "agent"),
    "a measurement that is none": ("measure: speech_rate_spm", "measure: speech_rate", "34:22", "“speech_rate”不在可选的值里", "speech_rate_spm"),
    "a broken deduction": ("deduct: 2\n            source", "deduct: 2.5\n            source", "37:21", "这里应当是整数，不是数", ""),
    "text where a number belongs": ("max: 200", "max: 很多", "6:22", "时间“很多”要带单位", ""),
    "items that don't add up": ("points: 100", "points: 90", "12:13", "各项合计 90 分，与 weight 100 不符", ""),
    "dimensions that don't add up": ("weight: 100", "weight: 90", "9:1", "各维度 weight 合计 90 分，应当是 100 分", ""),
    "an id twice": ("- id: fast", "- id: hello", "30:17", "规则“hello”和第 18 行重名", ""),
    "a key twice": ("name: 问候", "name: 问候\n            name: 招呼", "21:13", "键“name”写了两次，上一次在第 20 行", ""),
    "a code of another item": ("code: NX-1.2", "code: NX-2.2", "31:19", "编号“NX-2.2”应当以评分项“NX-1.”开头", ""),
    "a code that nobody can say": ("code: NX-1.2", "code: NX-1.x", "31:19", "编号“NX-1.x”应当写成 NX-3.1 这样", ""),
    "an id with capitals": ("- id: fast", "- id: Fast", "30:17", "规则名“Fast”只能用小写字母、数字和下划线", ""),
    "a missing key": ("            source: 测试\n            examples:\n              good: [您好]", "            examples:\n              good: [您好]", "18:13", "缺少“source”", ""),
    "a missing kind": ("            kind: phrase_required\n", "", "18:13", "规则“hello”缺少“kind”", ""),
    "a phrase with an open bracket": ("{lexicon: greeting}", "[您(好|早]", "22:22", "少了一个“)”", ""),
    "a phrase that can be empty": ("{lexicon: greeting}", '["[您好]"]', "22:22", "至少要有一个必说的字", ""),
    "no phrase at all": ("{lexicon: greeting}", "[]", "22:21", "一个说法都没有，这条规则永远不会命中", ""),
    "a placeholder that is none": ("{quote}", "{qoute}", "25:22", "message 里没有“{qoute}”这个量", "quote"),
    "a placeholder that is not closed": ("“{quote}”", "“{quote”", "25:22", "message 里的花括号没有成对", ""),
    "a limit that never bites": ("{max: 200}", "{max: null}", "34:22", "min 和 max 至少写一个", ""),
    "a rule that deducts nothing": ("deduct: 2\n            message", "deduct: 0\n            message", "24:21", "deduct 是 0，这条规则扣不了分", ""),
    "a cap below one deduction": ("deduct: 2\n            message", "deduct: 4\n            max_deduct: 2\n            message", "25:25", "max_deduct 2 比 deduct 4 小", ""),
    "a profile for no rule": ("centre: {fast:", "centre: {fats:", "7:12", "没有规则“fats”", "fast"),
    "a default profile that is none": ("default_profile: seed", "default_profile: sead", "8:18", "没有 profile“sead”", "seed"),
    "an example without a speaker": ("good: [您好]", "good: [[您好]]", "28:22", "例子里的“您好”要以“坐席：”或“客户：”开头", ""),
    "a good example that is punished": ("good: [您好]", "good: [说吧]", "28:22", "规则“hello”的正例被扣了分", ""),
    "a bad example that passes": ("bad: [说吧]", "bad: [您好]", "29:21", "规则“hello”的反例没有被扣分", ""),
    "only one side of examples": ("bad: [说吧]", "bad: []", "28:15", "good 和 bad 两边都要有例子", ""),
    "YAML that is none": ("id: test", "id: [test", "2:8", "YAML 写法不对", "检查缩进、冒号和引号"),
    "a rule that is no mapping": ("          - id: fast", "          - 快\n          - id: fast", "30:13", "规则应当是一组“键: 值”", ""),
}  # fmt: skip


def _written(folder: Path, rubric: str, lexicons: str = LEXICONS) -> Path:
    (folder / "lexicons.yaml").write_text(lexicons, encoding="utf-8")
    path = folder / "rubric.yaml"
    path.write_text(rubric, encoding="utf-8")
    return path


def _problem_at(problems: list[RubricProblem], place: str) -> list[RubricProblem]:
    return [problem for problem in problems if f"{problem.line}:{problem.column}" == place]


def test_the_rubric_that_the_others_spoil_is_right(tmp_path: Path) -> None:
    assert check(_written(tmp_path, RUBRIC)) == []


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_its_place(what: str, tmp_path: Path) -> None:
    right, wrong, place, message, hint = WRONG[what]
    assert RUBRIC.count(right) >= 1
    path = _written(tmp_path, RUBRIC.replace(right, wrong, 1))

    found = _problem_at(check(path), place)

    told = [problem for problem in found if message in problem.message and hint in problem.hint + problem.message]
    assert told, [str(problem) for problem in check(path)]
    assert str(told[0]).startswith(f"{path}:{place}: ") or str(told[0]).split("/")[-1].startswith("rubric.yaml")


WRONG_LEXICONS = {
    "an unknown key": ("phrases: [您好]", "phrase: [您好]", "4:5", "不认识的键“phrase”"),
    "a lexicon without phrases": ("{name: 道别, phrases: [再见]}", "{name: 道别}", "6:13", "词表“farewell”里一个说法都没有"),
    "an include that is none": ("phrases: [再见]}", "phrases: [再见], include: [greetin]}", "6:49", "没有词表“greetin”"),
    "a hit that is missed": ("hit: [您好]", "hit: [你好]", "5:22", "词表“greeting”应当命中“你好”，没有命中"),
    "a miss that is hit": ("miss: [再见]", "miss: [您好啊]", "5:34", "不应当命中“您好啊”，命中了“您好”"),
    "a phrase with a stray bracket": ("phrases: [您好]", "phrases: [您好)]", "4:15", "“)”没有对应的左括号"),
    "a key beside lexicons": ("lexicons:", "words: []\nlexicons:", "1:1", "不认识的键“words”"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG_LEXICONS)
def test_what_is_wrong_with_a_lexicon_is_told_with_its_place(what: str, tmp_path: Path) -> None:
    right, wrong, place, message = WRONG_LEXICONS[what]
    path = _written(tmp_path, RUBRIC, LEXICONS.replace(right, wrong, 1))

    found = _problem_at(check(path), place)

    assert any(message in problem.message for problem in found), [str(problem) for problem in check(path)]
    assert all(problem.file.endswith("lexicons.yaml") for problem in found)


def test_what_is_wrong_with_the_hotwords_is_told_with_its_place(tmp_path: Path) -> None:
    rubric = RUBRIC.replace("lexicons: lexicons.yaml", "lexicons: lexicons.yaml\nhotwords: hotwords.txt")
    path = _written(tmp_path, rubric)
    assert ["找不到行业词表" in problem.message for problem in check(path)] == [True]

    (tmp_path / "hotwords.txt").write_text("# 费用\n话费  # 不是花费\n\n  费\n话费\n5G套餐\n", encoding="utf-8")
    problems = check(path)
    assert [(p.line, p.column, p.message[:4]) for p in problems] == [
        (4, 3, "“费”不"),
        (5, 1, "“话费”"),
        (6, 1, "“5G套"),
    ]

    (tmp_path / "hotwords.txt").write_text("\ufeff话费\n营业厅\n", encoding="utf-8")
    assert load_rubric(path).hotwords == ("话费", "营业厅")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    spoilt = RUBRIC.replace("role: agent", "role: agnet").replace("points: 100", "points: 90")
    spoilt = spoilt.replace("first: 15s", "frist: 15s").replace("fats", "fast")
    problems = check(_written(tmp_path, spoilt))

    assert len(problems) == 3
    assert problems == sorted(problems)


def test_a_wrong_rubric_is_refused_before_anything_runs(tmp_path: Path) -> None:
    path = _written(tmp_path, RUBRIC.replace("role: agent", "role: agnet"))

    with pytest.raises(UsageError, match="agnet") as refused:
        load_rubric(path)

    assert refused.value.slug == "rubric-invalid"


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="可用：seed、centre") as refused:
        load_rubric(_written(tmp_path, RUBRIC), "sead")

    assert refused.value.slug == "profile-unknown"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    (problem,) = check(tmp_path / "rubric.yaml")
    assert "打不开文件" in problem.message


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_bytes("名: 测试".encode("gb18030"))

    (problem,) = check(path)

    assert problem.message == "文件不是 UTF-8 编码"
    assert "UTF-8" in problem.hint


def test_a_profile_changes_bounds_and_label_and_fingerprint(tmp_path: Path) -> None:
    path = _written(tmp_path, RUBRIC)
    seed, centre = load_rubric(path), load_rubric(path, "centre")

    assert (seed.label, centre.label) == ("test@1#seed", "test@1#centre")
    assert [rubric.rules[1].max for rubric in (seed, centre)] == [200, 300]  # type: ignore[attr-defined]
    assert seed.sha256 != centre.sha256


def test_comments_do_not_change_the_fingerprint_but_phrases_do(tmp_path: Path) -> None:
    plain = load_rubric(_written(tmp_path, RUBRIC)).sha256

    assert load_rubric(_written(tmp_path, "# 说明\n" + RUBRIC)).sha256 == plain
    private = load_rubric(_written(tmp_path, "privacy: {mask_customer_names: true}\n" + RUBRIC))
    assert private.privacy.mask_customer_names
    assert private.sha256 == plain, "what is hidden is not judged"
    assert load_rubric(_written(tmp_path, RUBRIC, LEXICONS.replace("[您好]", "[您好, 早上好]", 1))).sha256 != plain

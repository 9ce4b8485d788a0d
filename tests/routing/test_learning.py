import csv
import io
import logging
import random
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from routing import blending
from routing.learning import keeping
from routing.learning.judging import Judge
from routing.learning.reading import Cutter, as_it_stands, come_cut, joined, read
from routing.learning.training import TooFewExamples, learn, macro_f1
from routing.models import TriageModel
from routing.suggestions import suggest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reread_reference")]

WORDS = {
    "CUS-1": ["铁皮柜", "扣押", "江边", "舱单", "泡沫"],
    "LAB-4": ["扳手", "受伤", "医院", "车间", "夜班"],
    "ENV-1": ["高塔", "废水", "臭气", "河边", "灰烬"],
}
COMMON = ["公司", "办理", "问题", "已经", "三月", "请求"]


def examples(each=12, seed=0, between=" ", words=WORDS):
    dice = random.Random(seed)
    rows = [
        (between.join(dice.sample(own, 3) + dice.sample(COMMON, 3)), label)
        for label, own in words.items()
        for _ in range(each)
    ]
    dice.shuffle(rows)
    return rows


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return str(path)


def ran(*args):
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_a_typed_text_is_cut_into_the_words_that_were_learned_and_the_rest_is_dropped():
    cutter = Cutter({"铁皮柜": 5, "扣押": 3, "箱": 1})
    assert read("铁皮柜的被扣押了, a3区 2026 hs code b", cutter) == [
        ("铁皮柜", 0),
        ("扣押", 5),
        ("a", 10),
        ("0", 14),
        ("hs", 19),
        ("code", 22),
    ]
    assert [word for word, _ in read("铁皮柜 扣押", as_it_stands)] == ["铁皮柜", "扣押"]
    assert joined("铁皮柜 扣押 hs code") == "铁皮柜扣押hs code"
    assert come_cut(["铁皮柜 扣押 了"])
    assert not come_cut(["铁皮柜在江边被扣押了"])
    assert not come_cut(["held at the port"])


def test_what_was_learned_from_cut_words_judges_text_as_it_is_typed_in_either_script():
    learned = learn(examples())
    assert learned.macro_f1 == 1.0
    judge = Judge.unpacked(learned.judge.packed(learned.unseen))
    for text in ("我们的铁皮柜在江边被扣押了。", "我哋嘅鐵皮櫃喺江邊被扣押咗。"):
        best, second, third = judge.judge(text)
        assert best.label == "CUS-1"
        assert best.score + second.score + third.score == pytest.approx(1)
        assert best.score > 0.5 > second.score >= third.score
    assert {"鐵皮櫃", "扣押"} <= set(judge.explain(judge.hear("我哋嘅鐵皮櫃喺江邊被扣押咗。"), "CUS-1"))


def test_english_and_uncut_chinese_are_learned_alike():
    english = {"A": ["container", "customs", "port", "seized"], "B": ["wages", "injury", "factory", "shift"]}
    learned = learn(examples(words=english) + examples(between="", words={"C": WORDS["ENV-1"]}))
    assert learned.judge.judge("The container was seized at the port")[0].label == "A"
    heard = learned.judge.hear("No wages after an injury")
    assert {"wages", "injury"} & set(learned.judge.explain(heard, "B"))
    assert learned.judge.judge("河边的高塔有臭气")[0].label == "C"
    assert learned.judge.judge("")[0].score <= 1


def test_macro_f1_is_the_mean_over_labels():
    # a: precision 1, recall 1/2; b: precision 1/2, recall 1; c is given once and never meant.
    assert macro_f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(2 / 3)
    assert macro_f1(["a", "b"], ["a", "c"]) == pytest.approx(1 / 3)


def test_two_labels_are_enough_and_fewer_are_refused():
    two = {label: WORDS[label] for label in ("CUS-1", "LAB-4")}
    assert learn(examples(words=two)).judge.judge("铁皮柜在江边")[0].label == "CUS-1"
    with pytest.raises(TooFewExamples):
        learn([*examples(words={"A": WORDS["CUS-1"]}), ("一 个", "B")])
    nothing_alike = [(f"word{chr(97 + number)}{chr(98 + number)}", "AB"[number % 2]) for number in range(20)]
    with pytest.raises(TooFewExamples, match="no words in common"):
        learn(nothing_alike)


@pytest.mark.both
def test_a_new_version_is_kept_only_if_it_is_better(tmp_path):
    # Labels at random: next to nothing can be learned.
    dice = random.Random(1)
    muddled = [(text, dice.choice(list(WORDS))) for text, _label in examples(each=20)]
    assert "Kept as stalls 1" in ran(
        "train_triage", "--name", "stalls", "--csv", write(tmp_path / "bad.csv", muddled)
    )
    good = write(tmp_path / "good.csv", examples())
    assert "Kept as stalls 2" in ran("train_triage", "--name", "stalls", "--csv", good)
    again = ran("train_triage", "--name", "stalls", "--csv", good)
    assert "Not kept: stalls 2 has macro F1 1.0000 on the same examples" in again
    assert list(TriageModel.objects.values_list("version", flat=True)) == [2, 1]


def test_the_current_version_is_measured_on_what_it_had_not_learned_from():
    keeping.train("stalls", examples())
    turned = {"CUS-1": "LAB-4", "LAB-4": "ENV-1", "ENV-1": "CUS-1"}
    other = [(text, turned[label]) for text, label in examples(seed=5)]
    trained = keeping.train("stalls", other)
    assert (trained.version, trained.before) == (2, (1, 0.0))


def test_evaluation_writes_every_text_in_the_order_given(tmp_path):
    printed = ran(
        "train_triage", "--csv", write(tmp_path / "subjects.csv", [(t, f"类 {la}") for t, la in examples()])
    )
    assert "accuracy 1.0000\nmacro F1 1.0000" in printed
    assert "Kept as file subjects 1" in printed
    unseen = [("公司的铁皮柜\n被扣押，请求办理", "类 CUS-1"), ("夜班车间受伤", "类 ENV-1"), ("高塔", "")]
    out = tmp_path / "out.csv"
    printed = ran("evaluate_triage", "--csv", write(tmp_path / "unseen.csv", unseen), "--out", str(out))
    assert "accuracy 0.5000\nmacro F1 0.3333" in printed
    with out.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["text", "label", "predicted", "score"]
    assert [tuple(row[:2]) for row in rows] == unseen
    assert [row[2] for row in rows] == ["类 CUS-1", "类 LAB-4", "类 ENV-1"]
    assert all(0 < float(row[3]) <= 1 for row in rows)


@pytest.mark.parametrize("command", ["train_triage", "evaluate_triage"])
@pytest.mark.parametrize(
    "content", [b"words,label\na,b\n", b"text,label\n\xff\xfe,b\n", b"", b"text,label\n"]
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(tmp_path, command, content):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    for given in (str(path), str(tmp_path / "missing.csv")):
        with pytest.raises(CommandError):
            ran(command, "--csv", given)


def test_suggestions_use_only_a_model_whose_labels_are_categories(tmp_path):
    text = "泡沫、舱单与铁皮柜"
    before = suggest(text).as_dict()
    ran("train_triage", "--csv", write(tmp_path / "f.csv", [(t, f"类 {la}") for t, la in examples()]))
    assert suggest(text).as_dict() == before
    with pytest.raises(CommandError, match="identifiers of categories"):
        ran("train_triage", "--name", keeping.SUGGESTING, "--csv", str(tmp_path / "f.csv"))
    ran("train_triage", "--csv", write(tmp_path / "g.csv", examples(each=40)))
    best = suggest(text).categories[0]
    assert best.id == "CUS-1"
    assert "铁皮柜" in best.why["zh_hans"]
    assert 0.5 < best.score < 1
    assert "CUS-1" not in [row.id for row in suggest(text, category="LAB").categories]
    chosen, *others = suggest(text, category="CUS-1").categories
    assert (chosen.id, chosen.score) == ("CUS-1", 1.0)
    assert "CUS-1" not in [row.id for row in others]


def test_few_examples_leave_the_keywords_in_charge():
    text = "我司在东莞的货物被扣货，报关单已递交，清关延误，高塔"
    by_keywords = suggest(text).categories[0]
    keeping.train(keeping.SUGGESTING, examples(each=5))
    few = suggest(text).categories[0]
    assert few.id == by_keywords.id == "CUS-1"
    rows = blending.blended([("TAX-1", 0.6, {})], "高塔废水臭气", lambda code: True, 3)
    assert {code: score for code, score, _why in rows}["TAX-1"] == 0.6


def test_a_model_survives_rereading_of_reference_data_and_is_seen_by_other_processes(monkeypatch):
    assert keeping.in_use("stalls") is None
    keeping.train("stalls", examples())
    assert keeping.in_use("stalls").version == 1
    row = TriageModel.objects.get(name="stalls")
    # Another process trains: it writes a row and counts the stamp up.
    row.pk, row.version = None, 2
    row.save()
    keeping.kept.__globals__["ReferenceStamp"].objects.update_or_create(pk=1, defaults={"number": 20_000})
    assert keeping.in_use("stalls").version == 1
    monkeypatch.setattr("routing.kept.RECHECK_SECONDS", 0.0)
    assert keeping.in_use("stalls").version == 2


def test_the_office_learns_from_its_closed_cases_at_night(monkeypatch, caplog):
    from cases import learning

    rows = examples(each=10)
    closed = learning.ClosedCases(rows, {text: str(n) for n, (text, _label) in enumerate(rows)})
    monkeypatch.setattr(learning, "closed_cases", lambda: closed)
    monkeypatch.setattr(learning, "this_moment", lambda: datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    learning.learn_nightly.func()
    assert not TriageModel.objects.exists()
    caplog.set_level(logging.INFO, "cases.learning")
    monkeypatch.setattr(learning, "this_moment", lambda: datetime(2026, 11, 20, 18, 30, tzinfo=UTC))
    learning.learn_nightly.func()
    learning.learn_nightly.func()
    assert TriageModel.objects.get().name == keeping.SUGGESTING
    assert "version 1 is in use" in caplog.text
    assert "not better than the model in use" in caplog.text
    monkeypatch.setattr(learning, "closed_cases", lambda: learning.ClosedCases([], {}))
    learning.learn_nightly.func()
    assert "not enough closed cases" in caplog.text


def test_a_model_learned_without_knowing_the_writers_gives_way_though_no_better():
    pairs = examples()
    assert keeping.train("stalls", pairs).version == 1
    writers = {text: str(number) for number, (text, _label) in enumerate(pairs)}
    assert keeping.train("stalls", pairs, writers).version == 2
    assert keeping.train("stalls", pairs, writers).version is None

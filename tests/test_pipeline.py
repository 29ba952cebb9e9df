"""The whole pipeline: what a record promises, whatever the text looks like."""

from __future__ import annotations

import datetime
import json
import unicodedata
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language

import kwus_extract as kx
from kwus_extract.events.explain import explain
from kwus_extract.events.frames import FrameReader
from kwus_extract.events.rules import index, load_rules
from kwus_extract.records import ArticleRecord, EventType

ARTICLE = """وزير الدفاع الكويتي يزور واشنطن الأسبوع المقبل

الكويت - 3 مارس (كونا) -- أعلنت وزارة الدفاع الكويتية أن وزير الدفاع الشيخ ناصر الحمد سيقوم بزيارة رسمية إلى الولايات المتحدة في 12 آذار/مارس 2024.
وسيلتقي الحمد خلال الزيارة نظيره الأمريكي في مقر البنتاغون. However, لم تعلن تفاصيل أخرى.
وكان الجيش الكويتي نفذ في فبراير الماضي تمرين «حارس الشمال 2» مع القوات البرية الأمريكية في قاعدة عريفجان.
ووقّعت وزارة الداخلية مذكرة تفاهم مع السفارة البريطانية في [تاريخ التوقيع – يضاف لاحقا].

اترك تعليقا
لن يتم نشر عنوان بريدك الإلكتروني."""


@lru_cache(maxsize=1)
def pipeline() -> Language:
    return kx.load()


def spans(value: Any) -> list[dict[str, Any]]:
    """Every object of a record that has a text and its place."""
    if isinstance(value, dict):
        own = [value] if {"text", "start", "end"} <= value.keys() else []
        return own + [s for v in value.values() for s in spans(v)]
    if isinstance(value, list):
        return [s for v in value for s in spans(v)]
    return []


def faults(text: str, record: ArticleRecord) -> list[dict[str, Any]]:
    return [s for s in spans(json.loads(record.to_json())) if text[s["start"] : s["end"]] != s["text"]]


def test_an_article_gives_its_events_people_and_dates() -> None:
    record = kx.extract(ARTICLE, published="2024-03-03", nlp=pipeline())
    found = {(e.type, e.status) for e in record.events}
    assert {("visit", "planned"), ("dialogue", "planned"), ("exercise", "occurred"), ("agreement", "occurred")} <= found
    minister = record.people[0]
    assert (minister.name, minister.honorific, [m.text for m in minister.mentions]) == (
        "ناصر الحمد",
        "الشيخ",
        ["ناصر الحمد", "الحمد"],
    )
    visit = next(e for e in record.events if e.type == "visit")
    assert visit.date is not None
    assert visit.date.value == "2024-03-12"
    assert visit.roles.visitor[0].entity == minister.id
    exercise = next(e for e in record.events if e.type == "exercise")
    assert exercise.name == "حارس الشمال 2"
    assert exercise.codes.cameo == "062"


def test_nothing_comes_from_boilerplate_and_a_placeholder_warns() -> None:
    record = kx.extract(ARTICLE, published="2024-03-03", nlp=pipeline())
    junk = [z for z in record.zones if z.kind in ("boilerplate", "placeholder")]
    assert {z.kind for z in junk} == {"boilerplate", "placeholder"}
    inside = [
        s for s in spans(json.loads(record.to_json())) if any(z.start < s["end"] and s["start"] < z.end for z in junk)
    ]
    assert inside == []
    assert [w.code for w in record.warnings] == ["placeholder-date"]


def test_without_a_date_relative_expressions_stay_open() -> None:
    record = kx.extract("زار الوزير بغداد أمس. ويعود في 24 تشرين الثاني/نوفمبر.", nlp=pipeline())
    assert record.published.value is None
    assert [d.value for d in record.dates] in ([None, "XXXX-11-24"], ["XXXX-XX-XX", "XXXX-11-24"])


def test_the_doc_carries_what_each_stage_found() -> None:
    doc = pipeline()(ARTICLE)
    assert doc.text == ARTICLE
    assert {"ner", "dates"} <= set(doc.spans)
    assert any(e.label_ == "PER" for e in doc.ents)
    assert isinstance(doc._.record, ArticleRecord)


def test_the_same_text_gives_the_same_bytes() -> None:
    first, second = (kx.extract(ARTICLE, published="2024-03-03", nlp=pipeline()).to_json() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n\n",
        "؟",
        "زيارة",
        "إلى إلى إلى",
        "«» () []",
        "الوزير الوزير الوزير",
        "من 3 إلى",
        "\u202e\u202c",
        "👍🏽",
        "و" * 500,
    ],
)
def test_odd_texts_give_a_record(text: str) -> None:
    assert faults(text, kx.extract(text, nlp=pipeline())) == []


MARKS = ["َ", "ّ", "ً", "ـ", "\u200f", "\u202b", "\u202c", "\u200c", "\ufeff", "👍", "\r", "\u00a0", "\t"]
LOOKS = str.maketrans({"ك": "ک", "ي": "ی", "ه": "ہ", "أ": "ا", "ة": "ه", "٣": "3"})


def presentation(text: str) -> str:
    """The text with some letters in their presentation forms, as old PDFs give them."""
    forms = {"ا": "ﺍ", "ل": "ﻟ", "و": "ﻭ", "ر": "ﺭ", "م": "ﻣ"}
    return "".join(forms.get(c, c) if i % 3 == 0 else c for i, c in enumerate(text))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    places=st.lists(st.tuples(st.integers(0, len(ARTICLE)), st.sampled_from(MARKS)), max_size=30),
    form=st.sampled_from(["as is", "NFKC", "NFD", "look-alikes", "presentation", "CRLF"]),
    cut=st.tuples(st.integers(0, 200), st.integers(300, len(ARTICLE))),
)
def test_every_span_is_the_text_it_claims(places: list[tuple[int, str]], form: str, cut: tuple[int, int]) -> None:
    text = ARTICLE[cut[0] : cut[1]]
    for at, mark in sorted(places, reverse=True):
        text = text[:at] + mark + text[at:]
    if form in ("NFKC", "NFD"):
        text = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    elif form == "look-alikes":
        text = text.translate(LOOKS)
    elif form == "presentation":
        text = presentation(text)
    elif form == "CRLF":
        text = text.replace("\n", "\r\n")
    assert faults(text, kx.extract(text, published="2024-03-03", nlp=pipeline())) == []


RULES = [rule for rule_file in load_rules() for rule in rule_file.rules]


@lru_cache(maxsize=1)
def rules_alone() -> Language:
    return kx.load(network=False)


def fired(sentence: str) -> set[str]:
    return {frame.rule.id for cluster in rules_alone()(sentence)._.events.clusters for frame in cluster.frames}


@pytest.mark.parametrize(("rule", "sentence"), [(r.id, s) for r in RULES for s in r.examples])
def test_a_rule_fires_on_its_examples(rule: str, sentence: str) -> None:
    assert rule in fired(sentence)


@pytest.mark.parametrize(("rule", "sentence"), [(r.id, s) for r in RULES for s in r.counter_examples])
def test_a_rule_keeps_still_on_its_counter_examples(rule: str, sentence: str) -> None:
    assert rule not in fired(sentence)


NEVER = [(rule_file.type, never) for rule_file in load_rules() for never in rule_file.never]


def refused(kind: EventType, sentence: str) -> list[tuple[int, int]]:
    """The words of a sentence that tell of no event of a type, by where they stand."""
    doc = rules_alone()(sentence)
    words = doc._.reading.words
    reader = FrameReader(words, doc._.reading.phrases, index())
    return [(words.starts[i], words.ends[i]) for i in range(len(words)) if reader.refused(kind, i)]


@pytest.mark.parametrize(("kind", "sentence"), [(k, s) for k, never in NEVER for s in never.examples])
def test_a_false_sense_is_no_event_for_rules_and_network(kind: EventType, sentence: str) -> None:
    spots = refused(kind, sentence)
    assert spots
    for nlp in (rules_alone(), pipeline()):
        triggers = [t for e in kx.extract(sentence, nlp=nlp).events if e.type == kind for t in e.triggers]
        assert not [t for t in triggers for start, end in spots if t.start < end and start < t.end]


@pytest.mark.parametrize(("kind", "sentence"), [(k, s) for k, never in NEVER for s in never.counter_examples])
def test_the_same_word_in_other_company_is_not_refused(kind: EventType, sentence: str) -> None:
    assert refused(kind, sentence) == []


@pytest.mark.parametrize(
    ("sentence", "travels"),
    [
        ("زارت المراسلة الأميركية جين هولم صنعاء في مايو الماضي.", False),
        ("وصل الصحفي اللبناني كريم الحسن إلى الدوحة أمس.", False),
        ("وبلغ عدد من قدموا من الخارج مليونا، وقال المدير خالد العامري إن مليوني سائح زاروا دبي في 2017.", False),
        ("وصل كاتب الدولة المغربي كريم الحسن إلى الدوحة أمس.", True),
        ("وصل المبعوث الأممي كريم الحسن إلى الدوحة أمس.", True),
    ],
)
def test_writers_and_tourists_make_no_official_visit(sentence: str, travels: bool) -> None:
    for nlp in (rules_alone(), pipeline()):
        events = kx.extract(sentence, published="2018-06-10", nlp=nlp).events
        assert [e.type for e in events] == ["visit"] * travels


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "استقبل رئيس الأركان العامة للجيش الفريق الركن سالم المطيري قائد القوة البرية الفريق ناصر الهاجري. وأكد الفريق المطيري "
            "أهداف الزيارة. وشكر الفريق الهاجري الفريق المطيري.",
            True,
        ),
        (
            "التقى مدرب الفريق أمس رئيس النادي ناصر الهاجري قبل المباراة، وبحث معه أهداف الفريق في الدوري وصفقة المهاجم الجديد.",
            False,
        ),
    ],
)
def test_generals_and_aims_are_no_sport(text: str, told: bool) -> None:
    assert bool(kx.extract(text, published="2018-06-10", nlp=pipeline()).events) is told


def test_explain_names_the_rule_and_the_relation_of_each_filler() -> None:
    account = explain(pipeline(), "وصل وزير الخارجية العماني إلى طهران الاثنين.", "2024-03-03")
    assert "visit.arrive" in account
    assert "إلى → طهران" in account


def test_a_season_over_two_years_is_no_month() -> None:
    text = "فاز الفريق بلقب موسم 2017/2018 في ختام البطولة. وسيلعب في الخامس من الشهر نفسه مباراة ودية."
    assert faults(text, kx.extract(text, published="2018-05-06", nlp=pipeline())) == []


def test_a_notebook_shows_the_text_marked_and_a_wrong_day_is_refused() -> None:
    text = "زار وزير الدفاع الكويتي الشيخ ناصر الصباح واشنطن أمس."
    record = kx.extract(text, published=datetime.date(2018, 4, 8))
    assert record.events[0].date is not None
    assert record.events[0].date.value == "2018-04-07"
    html = record._repr_html_()
    assert 'dir="rtl"' in html
    assert "<mark" in html
    assert "واشنطن" in html
    with pytest.raises(ValueError, match="8 نيسان"):
        kx.extract(text, published="8 نيسان")

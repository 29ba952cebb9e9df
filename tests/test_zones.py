"""Zones, sentences and notices, on pages of the kinds that the web gives."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

import kwus_extract.text.zones  # noqa: F401  (registers the component)
from kwus_extract.errors import RuleError
from kwus_extract.resources import parse
from kwus_extract.text.page import Page, PageData
from kwus_extract.text.tokenizer import ArabicTokenizer
from kwus_extract.text.zones import find_zones, usable_tokens

A = "استقبل وزير الدفاع في مكتبه صباح اليوم قائد القوات البحرية في الدولة الصديقة، وبحثا سبل تطوير التعاون بين الجانبين."
B = "وحضر اللقاء عدد من كبار الضباط، وجرى خلاله تبادل الهدايا التذكارية والتقاط الصور أمام مبنى الوزارة."
C = "ومن المقرر أن تبدأ الشهر المقبل جولة تدريبية مشتركة تستمر عشرة أيام في المياه الإقليمية للبلدين."
TITLE = "وزير الدفاع يبحث مع قائد البحرية تطوير التعاون"


class Case(NamedTuple):
    """A page: its lines, and the kind and text of each zone that is not body."""

    name: str
    text: str
    zones: list[tuple[str, str]]


PAGES = [
    Case("plain", f"{TITLE}\n\n{A}\n{B}\n{C}", [("title", TITLE)]),
    Case("no title", f"{A}\n{B}\n{C}", []),
    Case("title on the next line", f"{TITLE}\n{A}\n{B}", [("title", TITLE)]),
    Case(
        "wordpress",
        f"Theme options page: the license is missing\nمحليات\n\n{TITLE}\n\n{A}\n\nتعاون يتسع\n\n{B}\n\n{C}\n\n"
        "شاركها\nفيسبوك\nX\nلينكدإن\n\nاترك تعليقاً إلغاء الرد\n\nلن يتم نشر عنوان بريدك الإلكتروني.\n\nالتعليق *\n\n"
        "احفظ اسمي في هذا المتصفح للتعليق المقبل.\n\nزر الذهاب إلى الأعلى",
        [
            ("boilerplate", "Theme options page: the license is missing"),
            ("heading", "محليات"),
            ("title", TITLE),
            ("heading", "تعاون يتسع"),
            (
                "boilerplate",
                "شاركها\nفيسبوك\nX\nلينكدإن\n\nاترك تعليقاً إلغاء الرد\n\nلن يتم نشر عنوان بريدك الإلكتروني.\n\nالتعليق *\n\n"
                "احفظ اسمي في هذا المتصفح للتعليق المقبل.\n\nزر الذهاب إلى الأعلى",
            ),
        ],
    ),
    Case(
        "blogger",
        f"{TITLE}\n\n{A}\n\n{B}\n\nمرسلة بواسطة سالم في 10:15 ص\nالتسميات: دفاع، بحرية\n\nليست هناك تعليقات:\nإرسال تعليق\n\n"
        "رسالة أحدث\nرسالة أقدم\nالصفحة الرئيسية\nيتم التشغيل بواسطة Blogger.",
        [
            ("title", TITLE),
            (
                "boilerplate",
                "مرسلة بواسطة سالم في 10:15 ص\nالتسميات: دفاع، بحرية\n\nليست هناك تعليقات:\nإرسال تعليق\n\n"
                "رسالة أحدث\nرسالة أقدم\nالصفحة الرئيسية\nيتم التشغيل بواسطة Blogger.",
            ),
        ],
    ),
    Case(
        "agency",
        f"{TITLE}\n\nالكويت - 3 - 5 (كونا) -- {A}\n{B}\n(انتهى)",
        [("title", TITLE), ("dateline", "الكويت - 3 - 5 (كونا) --"), ("boilerplate", "(انتهى)")],
    ),
    Case(
        "agency with month",
        f"{TITLE}\n\nواشنطن - 24 نوفمبر (رويترز) - {A}\n{B}",
        [("title", TITLE), ("dateline", "واشنطن - 24 نوفمبر (رويترز) -")],
    ),
    Case(
        "dateline and date in both calendars",
        f"{TITLE}\n\nالرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس\n{A}\n{B}\n// انتهى //",
        [
            ("title", TITLE),
            ("dateline", "الرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس"),
            ("boilerplate", "// انتهى //"),
        ],
    ),
    Case(
        "portal",
        f"الرئيسية | محليات | دولي | اقتصاد | رياضة\n\n{TITLE}\n\nدبي – العربية.نت\n\nآخر تحديث: 4 مايو 2021\n\n{A}\n\n"
        f"اقرأ أيضا:\nميناء جديد في الشمال\nثلاث سفن تصل إلى الشعيبة\n\n{B}\n\n{C}\n\nالوسوم: دفاع بحرية\n\n"
        "جميع الحقوق محفوظة © 2021",
        [
            ("boilerplate", "الرئيسية | محليات | دولي | اقتصاد | رياضة"),
            ("title", TITLE),
            ("dateline", "دبي – العربية.نت"),
            ("boilerplate", "آخر تحديث: 4 مايو 2021"),
            ("boilerplate", "اقرأ أيضا:\nميناء جديد في الشمال\nثلاث سفن تصل إلى الشعيبة"),
            ("boilerplate", "الوسوم: دفاع بحرية\n\nجميع الحقوق محفوظة © 2021"),
        ],
    ),
    Case(
        "newspaper with byline",
        f"{TITLE}\n\nالقاهرة: هالة منصور\n{A}\n{B}\nتصوير: سالم مبارك",
        [("title", TITLE), ("dateline", "القاهرة: هالة منصور"), ("boilerplate", "تصوير: سالم مبارك")],
    ),
    Case(
        "newspaper with source",
        f"{TITLE}\n\nالرياض - «الحياة»\n{A}\n{B}",
        [("title", TITLE), ("dateline", "الرياض - «الحياة»")],
    ),
    Case("short dateline", f"{TITLE}\n\nجدة (واس) {A}\n{B}", [("title", TITLE), ("dateline", "جدة (واس)")]),
    Case(
        "one related line inside the text",
        f"{TITLE}\n\n{A}\nاقرأ أيضاً: ميناء جديد في الشمال\n{B}\n{C}",
        [("title", TITLE), ("boilerplate", "اقرأ أيضاً: ميناء جديد في الشمال")],
    ),
    Case(
        "left by a machine",
        f"{A}\nوجرت الزيارة في [تاريخ الزيارة – يجب إضافته]، برعاية [اسم المسؤول].\nHowever, {B}\nIn contrast, {C}",
        [
            ("placeholder", "[تاريخ الزيارة – يجب إضافته]"),
            ("placeholder", "[اسم المسؤول]"),
            ("foreign", "However,"),
            ("foreign", "In contrast,"),
        ],
    ),
    Case(
        "cookies and newsletter",
        f"تخطى إلى المحتوى\n{TITLE}\n\n{A}\n\n{B}\n\nاشترك في النشرة البريدية\n\n"
        "يستخدم هذا الموقع ملفات تعريف الارتباط لتحسين تجربتك.\nقبول\n",
        [
            ("boilerplate", "تخطى إلى المحتوى"),
            ("title", TITLE),
            (
                "boilerplate",
                "اشترك في النشرة البريدية\n\nيستخدم هذا الموقع ملفات تعريف الارتباط لتحسين تجربتك.\nقبول",
            ),
        ],
    ),
    Case(
        "comment counter above the text",
        f"{TITLE}\n\nتعليقات 0\n\n{A}\n\n{B}\n\n{C}",
        [("title", TITLE), ("boilerplate", "تعليقات 0")],
    ),
    Case(
        "windows line ends",
        f"{TITLE}\r\n\r\n{A}\r\n{B}\r\n\r\nأضف تعليقك\r\n\r\nتعليقات  0",
        [("title", TITLE), ("boilerplate", "أضف تعليقك\r\n\r\nتعليقات  0")],
    ),
    Case("a sentence over two lines", f"{TITLE}\n\n{A}\n\nوأضاف أنه\n\n{C}", [("title", TITLE)]),
    Case(
        "heading in quotes",
        f"{TITLE}\n\n{A}\n’تعاون لا يتوقف‘\n{B}",
        [("title", TITLE), ("heading", "’تعاون لا يتوقف‘")],
    ),
]

pages = pytest.mark.parametrize("case", PAGES, ids=[case.name for case in PAGES])


NLP = spacy.blank("ar")
NLP.tokenizer = ArabicTokenizer(NLP.vocab)
NLP.add_pipe("kwus_zones")


@pytest.fixture(scope="module")
def nlp() -> Language:
    return NLP


@pages
def test_zones_of_pages(case: Case) -> None:
    found = [(zone.kind, case.text[zone.start : zone.end]) for zone in find_zones(case.text)]
    assert [zone for zone in found if zone[0] != "body"] == case.zones


@pages
def test_body_is_whole(case: Case) -> None:
    """No word of the article gets lost: body, title and headings hold every line of it."""
    kept = "".join(case.text[z.start : z.end] for z in find_zones(case.text) if z.kind in ("body", "title"))
    for paragraph in (A, B, C):
        assert paragraph not in case.text or paragraph in kept


@given(st.one_of(st.text(), st.text(alphabet=" \n\r\tأبتوال.:[]()«»-–،1Hcوas{}/", max_size=120)))
@settings(max_examples=300, deadline=None)
def test_zones_are_in_order(text: str) -> None:
    zones = find_zones(text)
    assert all(0 <= zone.start < zone.end <= len(text) for zone in zones)
    assert all(text[z.start : z.end] == text[z.start : z.end].strip() for z in zones)
    assert all(before.end <= after.start for before, after in pairwise(zones))


def test_given_title_is_looked_for() -> None:
    text = f"محليات\n\nبيان\n\n{TITLE}\n\n{A}\n{B}"
    titles = [text[z.start : z.end] for z in find_zones(text, title=TITLE) if z.kind == "title"]
    assert titles == [TITLE]


def test_every_phrase_has_its_examples() -> None:
    page, data = Page.load(), Page.load().data
    for rule in data.boilerplate:
        for line in rule.examples:
            assert page.boilerplate(line) == rule.follows, (rule.id, line)
        for line in rule.counter_examples:
            assert page.boilerplate(line) is None, (rule.id, line)
    for held in data.placeholders.examples:
        assert [p[:2] for p in page.placeholders(held)] == [(0, len(held))], held
    for held in data.placeholders.counter_examples:
        assert not list(page.placeholders(held)), held
    for line in data.datelines.examples:
        assert page.dateline(line) == len(line), line
    for line in data.datelines.counter_examples:
        assert page.dateline(line) == 0, line


@pytest.mark.parametrize("line", [A, B, C, TITLE, "ولم يتم الكشف عن التفاصيل", "شارك الوفد في القمة", "واتفق الجانبان"])
def test_the_article_is_not_boilerplate(line: str) -> None:
    assert Page.load().boilerplate(line) is None


def test_bad_rules_are_refused() -> None:
    data = Page.load().data.model_dump()
    data["boilerplate"].append(data["boilerplate"][0])
    with pytest.raises(RuleError, match="same id"):
        Page(PageData.model_validate(data))
    data["boilerplate"].pop()
    data["datelines"]["places"].append("الكُويت")
    with pytest.raises(RuleError, match="stands twice"):
        Page(PageData.model_validate(data))
    with pytest.raises(RuleError, match="colour"):
        parse("colour: red", PageData, name="zones.yaml")


def test_notices(nlp: Language) -> None:
    doc = nlp("جرت الزيارة في [يوم الزيارة] برعاية [اسم الوزير]، وقال «عمل [الجانبان] معا».")
    assert [notice.code for notice in doc._.warnings] == ["placeholder-date", "placeholder"]
    assert [doc.text[n.start : n.end] for n in doc._.warnings] == ["[يوم الزيارة]", "[اسم الوزير]"]


@pages
def test_usable_tokens(nlp: Language, case: Case) -> None:
    doc = nlp(case.text)
    mask = usable_tokens(doc)
    assert len(mask) == len(doc)
    for zone in doc._.zones:
        wanted = zone.kind in ("title", "heading", "body", "dateline")
        inside = [token for token in doc if zone.start <= token.idx < zone.end and not token.is_space]
        assert inside
        assert all(mask[token.i] == wanted for token in inside)


def test_given_title_on_the_doc(nlp: Language) -> None:
    doc = nlp.make_doc(f"محليات\n\nبيان\n\n{TITLE}\n\n{A}\n{B}")
    doc._.title_text = TITLE
    zones = nlp(doc)._.zones
    assert [doc.text[z.start : z.end] for z in zones if z.kind == "title"] == [TITLE]


@pytest.mark.parametrize(
    "text",
    [
        "وصل الوفد أمس. | والتقى الوزير؟ | نعم! | ثم عاد.",
        "بلغت النسبة 2.5 في المئة. | وقال د. سالم إن م. فهد حضر.",
        "نقلت أ. ف. ب. عن مصدر قوله إنه سيعود.",
        "قال «نعم! سنعود» ثم غادر القاعة. | وعاد بعد ساعة.",
        'وقال "سنعمل معا على حماية المنطقة كلها من الأخطار التي تحيط بها في هذا الوقت." | وأضاف أن اللقاء ناجح.',
        "نشر موقع العربية.نت الخبر. | وعلق عليه آخرون.",
        "ولد سنة 1436 هـ. | ثم سافر.",
    ],
)
def test_sentences_in_a_line(nlp: Language, text: str) -> None:
    parts = text.split(" | ")
    assert [sentence.text.strip() for sentence in nlp(" ".join(parts)).sents] == parts


def test_sentences_over_lines(nlp: Language) -> None:
    text = f"{TITLE}\n\n{A}\n\nوأضاف أنه\n\n{C}\n\nHowever, {B}"
    starts = [sentence.text.strip()[:12] for sentence in nlp(text).sents]
    assert starts == [TITLE[:12], A[:12], "وأضاف أنه\n\nو", f"However, {B}"[:12]]


def test_half_a_sentence_goes_on(nlp: Language) -> None:
    text = "وجدد كبار المسؤولين من البلدين اتفاقات الشراكة في قضايا الدفاع والتزام الحكومتين\n\nبتعزيز الاستقرار في الخليج."
    assert len(list(nlp(f"{A}\n\n{text}").sents)) == 2


@given(st.text(alphabet=' \n.!؟«»"أبوالبل،:[]a1', max_size=100))
@settings(max_examples=150, deadline=None)
def test_every_token_knows_whether_a_sentence_starts(text: str) -> None:
    doc = NLP(text)
    assert "".join(s.text_with_ws for s in doc.sents) == text

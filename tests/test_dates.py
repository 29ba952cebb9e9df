"""The dates stage: the table of expressions in context, the examples of the rules, every rendering of every date."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import spacy
import yaml
from hijridate import Gregorian
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from kwus_extract.dates import find_dates
from kwus_extract.dates import grammar as grammar_module
from kwus_extract.dates.grammar import GrammarData, RuleData, read_grammar
from kwus_extract.dates.resolve import Anchor
from kwus_extract.errors import RuleError
from kwus_extract.records import EDTF
from kwus_extract.resources import parse

TABLE = Path(__file__).parent / "data" / "dates.yaml"
MARK = re.compile(r"⟦([^|⟧]*)\|([^|⟧]*)\|([epdu])⟧")
BASIS = {"e": "explicit", "p": "published", "d": "document", "u": "unresolved"}


class Group(BaseModel):
    """A group of marked sentences with one day of publication."""

    name: str
    published: date | None
    sentences: list[str]


GROUPS = [Group.model_validate(group) for group in yaml.safe_load(TABLE.read_text(encoding="utf-8"))]


def read_marked(sentence: str) -> tuple[str, list[tuple[int, int, str | None, str]]]:
    """The sentence without its marks, and (start, end, value, basis) of each expression."""
    text, expected, at = "", [], 0
    for match in MARK.finditer(sentence):
        text += sentence[at : match.start()]
        expected.append((len(text), len(text) + len(match[1]), match[2] or None, BASIS[match[3]]))
        text += match[1]
        at = match.end()
    return text + sentence[at:], expected


def table() -> Iterator[object]:
    for group in GROUPS:
        for sentence in group.sentences:
            yield pytest.param(group.published, sentence, id=f"{group.name}: {MARK.sub(lambda m: m[1], sentence)}")


@pytest.mark.parametrize(("published", "sentence"), list(table()))
def test_table(published: date | None, sentence: str) -> None:
    text, expected = read_marked(sentence)
    result = find_dates(text, published=published and str(published))
    found = [(span.start, span.end, span.value, span.basis) for span in result.spans]
    assert [(text[a:b], v, basis) for a, b, v, basis in found] == [(text[a:b], v, basis) for a, b, v, basis in expected]
    assert found == expected


def test_table_is_large_enough() -> None:
    sentences = [sentence for group in GROUPS for sentence in group.sentences]
    expressions = sum(len(MARK.findall(sentence)) for sentence in sentences)
    negatives = sum(not MARK.search(sentence) for sentence in sentences)
    assert negatives >= 80
    assert expressions + negatives >= 400


@pytest.mark.parametrize("rule", read_grammar().rules, ids=lambda rule: rule.id)
def test_examples_of_rules(rule: RuleData) -> None:
    assert rule.examples
    for text, values in rule.examples.items():
        expected = [] if values is None else [values] if isinstance(values, str) else values
        assert [span.value for span in find_dates(text, published="2020-12-01").spans] == expected, text


class Forms(BaseModel):
    """The words and forms of the round trip; ``twins`` hold two names of one month."""

    months: dict[str, list[str]]
    hijri: list[str]
    weekdays: list[str]
    units: list[str]
    digits: list[str]
    twins: list[str]
    forms: list[str]
    contexts: list[str]


WRITTEN = Forms.model_validate(yaml.safe_load(TABLE.with_name("dates_forms.yaml").read_text(encoding="utf-8")))
SIGNS = [
    " من ",
    " إلى ",
    " بين ",
    " عام ",
    " الشهر ",
    " الماضي ",
    "القرن ",
    "الربع ",
    " أمس ",
    " الموافق ",
    " مارس ",
    " آب ",
]
DAYS = st.dates(date(1950, 1, 1), date(2050, 12, 31))


def ordinal(number: int) -> str:
    """The day of the month in words, in the genitive."""
    tens = {10: "العاشر", 20: "العشرين", 30: "الثلاثين"}
    if number in tens or number < 10:
        return tens.get(number) or WRITTEN.units[number - 1]
    unit = "الحادي" if number % 10 == 1 else WRITTEN.units[number % 10 - 1]
    return f"{unit} عشر" if number < 20 else f"{unit} و{tens[number // 10 * 10]}"


@settings(max_examples=1000, deadline=None)
@given(
    day=DAYS,
    form=st.sampled_from(WRITTEN.forms),
    names=st.sampled_from(list(WRITTEN.months)),
    twin=st.sampled_from(WRITTEN.twins),
    digits=st.sampled_from(WRITTEN.digits),
    context=st.sampled_from(WRITTEN.contexts),
)
def test_every_rendering_reads_back(day: date, form: str, names: str, twin: str, digits: str, context: str) -> None:
    lunar = Gregorian(day.year, day.month, day.day).to_hijri()
    pair = [WRITTEN.months[names][day.month - 1] for names in ("gulf", "levant")]
    written = form.format(
        m=day.month,
        day=day.day,
        year=day.year,
        month=WRITTEN.months[names][day.month - 1],
        weekday=WRITTEN.weekdays[day.weekday()],
        ordinal=ordinal(day.day),
        twin=twin.format(*pair),
        niwt=twin.format(*reversed(pair)),
        hijri=f"{lunar.day} {WRITTEN.hijri[lunar.month - 1]} {lunar.year}هـ",
    ).translate(str.maketrans(WRITTEN.digits[0], digits))
    text = context.format(written)
    result = find_dates(text, published="2018-04-08")
    assert [(span.value, span.basis) for span in result.spans] == [(day.isoformat(), "explicit")], text
    assert not result.warnings
    assert text[result.spans[0].start : result.spans[0].end] in written


@settings(deadline=None)
@given(day=DAYS, published=DAYS)
def test_months_and_years_read_back(day: date, published: date) -> None:
    month = WRITTEN.months["gulf"][day.month - 1]
    for text, value in ((f"في {month} {day.year}", f"{day:%Y-%m}"), (f"منذ عام {day.year}", f"{day:%Y}")):
        assert [span.value for span in find_dates(text, published=str(published)).spans] == [value]


@settings(deadline=None)
@given(published=DAYS, steps=st.sampled_from([-1, 0, 1]))
def test_relative_days_count_from_publication(published: date, steps: int) -> None:
    day = date.fromordinal(published.toordinal() + steps)
    word = {-1: "أمس", 0: "اليوم", 1: "غدا"}[steps]
    for text in (word, f"{word} {WRITTEN.weekdays[day.weekday()]}", f"{word} ({WRITTEN.weekdays[day.weekday()]})"):
        (span,) = find_dates(f"التقى الوزيران {text} في الكويت", published=str(published)).spans
        assert (span.value, span.basis) == (str(day), "published")


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from([*"0123456789٣٤/-–.:()،, \nوفبلهم", *WRITTEN.weekdays, *WRITTEN.hijri, *SIGNS])).map(
        "".join
    )
)
def test_any_text_gives_spans_in_order_and_valid_values(text: str) -> None:
    last = 0
    for span in find_dates(text, published="2018-04-08").spans:
        assert last <= span.start < span.end <= len(text)
        assert span.value is None or EDTF.fullmatch(span.value), span.value
        last = span.end


@pytest.mark.parametrize("unit", ["7", "/", "و", "1/", "و ", "3 و", "1-", "(", "12/", "a-", "2014-", "من 3 إلى "])
def test_no_input_is_slower_than_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        begin = time.process_time()
        find_dates(text, published="2018-04-08")
        return time.process_time() - begin

    seconds(1_000)
    small, large = min(seconds(20_000), seconds(20_000)), seconds(160_000)
    # Eight times the text may take a little more than eight times as long; quadratic would be sixty-four.
    assert large < 24 * max(small, 0.02)


@pytest.mark.parametrize("unit", ["7", "/", "و"])
def test_a_megabyte_is_read(unit: str) -> None:
    assert find_dates(unit * 1_000_000, published="2018-04-08").spans == ()


def test_twins_that_differ_are_a_warning_and_the_gregorian_counts() -> None:
    result = find_dates("عقد اللقاء في 14 رمضان 1445 الموافق 27 مارس 2024")
    assert [span.value for span in result.spans] == ["2024-03-27"]
    assert [warning.code for warning in result.warnings] == ["calendar-mismatch"]
    assert not find_dates("عقد اللقاء في 14 رمضان 1445 الموافق 25 مارس 2024").warnings


def test_a_weekday_that_does_not_fit_is_a_warning() -> None:
    assert [w.code for w in find_dates("الأحد 24 نوفمبر 2020").warnings] == ["weekday-mismatch"]


def test_the_weekday_beside_a_relative_day_wins() -> None:
    assert [s.value for s in find_dates("قال اليوم (الاثنين)", published="2015-07-21").spans] == ["2015-07-20"]


@pytest.mark.parametrize(
    ("text", "published", "anchor"),
    [
        ("نص", "2018-04-08T10:00:00+03:00", ("2018-04-08", "given")),
        ("نص", "2018-04", ("2018-04", "given")),
        ("واشنطن - 24 نوفمبر (رويترز) - نص", None, ("XXXX-11-24", "dateline")),
        ("واشنطن - 24 نوفمبر 2020 (رويترز) - نص", "2018-04-08", ("2018-04-08", "given")),
        ("عنوان\nالأحد 24 نوفمبر 2019\nنص", None, ("2019-11-24", "document")),
        ("قال اليوم الأربعاء 12 فبراير 2020 إنه بخير", None, ("2020-02-12", "document")),
        ("وقع الاتفاق في سبتمبر 2018 وعدل لاحقا", None, (None, "none")),
    ],
)
def test_anchor(text: str, published: str | None, anchor: tuple[str | None, str]) -> None:
    result = find_dates(text, published=published)
    assert (result.anchor, result.anchor_basis) == anchor


@pytest.mark.parametrize("published", ["", "أمس", "2018-13-01", "08/04/2018", "2018-02-30", "0001-01-01", "9999"])
def test_a_day_of_publication_that_is_none_is_refused(published: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day"):
        find_dates("اليوم", published=published)


def test_nothing_is_a_date_in_skipped_ranges() -> None:
    text = "وصل أمس\nتعليقات 24 نوفمبر 2020"
    found = find_dates(text, published="2018-04-08", skip=[(8, len(text))])
    assert [text[s.start : s.end] for s in found.spans] == ["أمس"]


def test_a_partial_anchor_gives_what_it_can() -> None:
    values = [s.value for s in find_dates("وصل أمس، وعاد في 24 نوفمبر من العام الجاري", published="2020").spans]
    assert values == ["XXXX-XX-XX", "2020-11-24"]
    assert Anchor.parse("2020-11", "published").date is None


def test_the_component_works_in_any_pipeline() -> None:
    nlp = spacy.blank("ar")
    nlp.add_pipe("kwus_dates")
    doc = nlp.make_doc("زار الوزير الكويت، أمس السبت.\nنشر في 24 نوفمبر 2016")
    doc._.published = "2018-04-08"
    doc._.zones = [SimpleNamespace(kind="boilerplate", start=30, end=len(doc.text))]
    nlp(doc)
    assert [(s.text, s._.value, s._.basis, s._.calendar) for s in doc.spans["dates"]] == [
        ("أمس السبت", "2018-04-07", "published", "gregorian")
    ]
    (found,) = doc._.dates
    assert doc.text[found.start : found.end] == "أمس السبت"
    assert doc._.date_anchor == ("2018-04-08", "given")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"make": "nobody"}, "no builder"),
        ({"pattern": "DAY OTHER* MONTH"}, "bounded"),
        ({"pattern": "DAY {nothing}"}, "nothing"),
        ({"pattern": "DAY? MONTH?"}, "matches nothing"),
    ],
)
def test_a_bad_rule_is_refused_by_name(change: dict[str, str], reason: str) -> None:
    good = {"id": "mine", "pattern": "DAY MONTH", "make": "date", "gives": "DATE", "examples": {}}
    rule = RuleData.model_validate(good | change)
    with pytest.raises(RuleError, match=f"mine.*{reason}"):
        grammar_module._compile(rule, {})


def test_unknown_keys_of_rules_are_refused() -> None:
    with pytest.raises(RuleError, match="surprise"):
        parse("fragments: {}\nrules: []\nsurprise: 1", GrammarData, name="mine.yaml")


@pytest.mark.parametrize("published", ["1600-01-01", "1924-08-01", "2077-11-16", "2400-12-31", "2400", "1700-02"])
def test_far_days_of_publication_give_values_and_no_error(published: str) -> None:
    text = "وصل أمس في 14 رمضان، وسيعود بعد شهرين، في 3 مارس المقبل أو الأسبوع المقبل أو الربع الأول من العام المقبل"
    assert all(span.value is None or EDTF.fullmatch(span.value) for span in find_dates(text, published=published).spans)

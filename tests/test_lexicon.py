"""The lexicon files: they load, do not contradict themselves, and know the names that readers expect."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import BaseModel, ConfigDict

from kwus_extract.errors import RuleError
from kwus_extract.lexicon.gazetteer import Known, adjectives, countries, find_known, gazetteer, tokenized
from kwus_extract.lexicon.gazetteer import lookup as lookup_words
from kwus_extract.resources import load, parse
from kwus_extract.text.fold import fold

BODY_KINDS = {
    *(
        "government",
        "ministry",
        "military",
        "police",
        "embassy",
        "parliament",
        "court",
        "alliance",
        "international",
        "party",
    ),
    *(
        "armed-group",
        "media",
        "company",
        "bank",
        "fund",
        "university",
        "club",
        "agency",
        "council",
        "charity",
        "institute",
    ),
    *("hospital", "other"),
}
PLACE_KINDS = {"city", "facility", "region", "other"}


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    kind: str
    country: str | None = None
    variants: list[str] = []
    label: str | None = None

    @property
    def names(self) -> list[str]:
        return [self.name, *self.variants]


class National(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str
    gender: str
    heads: list[str]


class OfState(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str
    heads: list[str]


class After(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str
    label: str = "ORG"
    nouns: list[str]
    names: dict[str, str | None]


class Patterns(BaseModel):
    model_config = ConfigDict(extra="forbid")
    national: list[National]
    nationalities: dict[str, list[str]]
    of_state: list[OfState]
    after: list[After]


@pytest.fixture(scope="module")
def bodies() -> list[Entry]:
    return load("kwus_extract.lexicon", "bodies.yaml", list[Entry])


@pytest.fixture(scope="module")
def places() -> list[Entry]:
    return load("kwus_extract.lexicon", "places.yaml", list[Entry])


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    return load("kwus_extract.lexicon", "patterns.yaml", Patterns)


def words_of(name: str) -> tuple[str, ...]:
    """The folded words of a name, punctuation left out."""
    return tuple("".join(c if c.isalnum() else " " for c in fold(name)).split())


def lookup(written: str) -> Known | None:
    return lookup_words(tokenized([written])[written])


def test_sizes(bodies: list[Entry], places: list[Entry]) -> None:
    assert len(bodies) >= 650
    assert sum(len(body.variants) for body in bodies) >= 650
    assert sum(body.country == "KW" for body in bodies) >= 120
    assert sum(body.country == "US" for body in bodies) >= 120
    assert len(places) >= 300


def test_fields(bodies: list[Entry], places: list[Entry]) -> None:
    from babel import Locale

    codes = {code for code in Locale.parse("ar").territories if len(code) == 2}
    for entry, kinds in [*((b, BODY_KINDS) for b in bodies), *((p, PLACE_KINDS) for p in places)]:
        assert entry.kind in kinds, entry
        assert entry.label in (None, "ORG", "FAC", "LOC", "MISC"), entry
        assert entry.country is None or entry.country in codes, entry


def test_no_name_stands_twice(bodies: list[Entry], places: list[Entry]) -> None:
    count = Counter(" ".join(words_of(name)) for entry in [*bodies, *places] for name in entry.names)
    assert [name for name, n in count.items() if n > 1] == []


def test_no_body_hides_a_state(bodies: list[Entry], places: list[Entry]) -> None:
    states = {words_of(name) for country in countries().values() for name in (*country.names, *country.capital)}
    assert [name for entry in [*bodies, *places] for name in entry.names if words_of(name) in states] == []


def test_every_name_has_letters(bodies: list[Entry], places: list[Entry]) -> None:
    for entry in [*bodies, *places]:
        for name in entry.names:
            assert sum(c.isalpha() for c in fold(name)) >= 2, name
            assert name == " ".join(name.split()), name


def test_everyday_words_are_no_names(bodies: list[Entry], places: list[Entry]) -> None:
    names = {fold(name) for entry in [*bodies, *places] for name in entry.names}
    common = ["الخارجية", "الداخلية", "الدفاع", "المجلس", "الهيئة", "الوزارة", "الحكومة", "القوات", "الجيش", "القاعدة"]
    common += [
        "الاتفاق",
        "الوطن",
        "الشرق",
        "الحياة",
        "النهار",
        "الراي",
        "الأنباء",
        "السياسة",
        "المتوسط",
        "وام",
        "بنا",
        "فتح",
    ]
    assert sorted(names & {fold(word) for word in common}) == []


def test_patterns(patterns: Patterns) -> None:
    assert {p.kind for p in patterns.national} | {p.kind for p in patterns.of_state} <= BODY_KINDS
    assert {p.kind for p in patterns.after} <= BODY_KINDS | PLACE_KINDS
    assert {p.gender for p in patterns.national} == {"m", "f"}
    heads = Counter((fold(head), p.gender) for p in patterns.national for head in p.heads)
    assert [head for head, n in heads.items() if n > 1] == []
    for p in patterns.after:
        assert len({fold(name) for name in p.names}) == len(p.names)
        assert len({fold(noun) for noun in p.nouns}) == len(p.nouns)


@pytest.mark.parametrize(
    ("written", "name", "kind", "country"),
    [
        ("وكالة الأنباء الكويتية", "وكالة الأنباء الكويتية", "media", "KW"),
        ("كونا", "وكالة الأنباء الكويتية", "media", "KW"),
        ("مجلس الأمة", "مجلس الأمة الكويتي", "parliament", "KW"),
        ("الحرس الوطني الكويتي", "الحرس الوطني الكويتي", "military", "KW"),
        ("الديوان الأميري", "الديوان الأميري", "government", "KW"),
        ("هيئة تشجيع الاستثمار المباشر", "هيئة تشجيع الاستثمار المباشر", "agency", "KW"),
        ("البنتاغون", "وزارة الدفاع الأمريكية", "ministry", "US"),
        ("البنتاجون", "وزارة الدفاع الأمريكية", "ministry", "US"),
        ("وزارة الخارجية الأميركية", "وزارة الخارجية الأمريكية", "ministry", "US"),
        ("القيادة الوسطى الأميركية", "القيادة المركزية الأمريكية", "military", "US"),
        ("الأسطول الخامس", "الأسطول الخامس الأمريكي", "military", "US"),
        ("الكونجرس", "الكونغرس الأمريكي", "parliament", "US"),
        ("الناتو", "حلف شمال الأطلسي", "alliance", None),
        ("إيسيسكو", "المنظمة الإسلامية للتربية والعلوم والثقافة", "international", None),
        ("أوبك", "منظمة البلدان المصدرة للبترول", "international", None),
        ("الاتحاد الأوربي", "الاتحاد الأوروبي", "alliance", None),
        ("مليشيات الحوثي", "الحوثيون", "armed-group", "YE"),
        ("داعش", "الدولة الإسلامية", "armed-group", None),
        ("بوينج", "بوينغ", "company", "US"),
    ],
)
def test_lookup(written: str, name: str, kind: str, country: str | None) -> None:
    known = lookup(written)
    assert known is not None
    assert (known.label, known.name, known.kind, known.country) == ("ORG", name, kind, country)


@pytest.mark.parametrize("written", ["الامم المتحده", "الأمم المتّحدة", "الأمـم المتحدة"])
def test_spelling_does_not_matter(written: str) -> None:
    known = lookup(written)
    assert known is not None
    assert known.name == "الأمم المتحدة"


def test_longest_name_wins() -> None:
    norms = ["قالت", "وزاره", "الخارجيه", "الكويتيه", "في", "مجلس", "الامن", "الدولي"]
    found = [(a, b, known.name) for a, b, known in find_known(norms)]
    assert found == [(1, 4, "وزارة الخارجية الكويتية"), (5, 8, "مجلس الأمن الدولي")]


def test_capitals_and_adjectives() -> None:
    known = lookup("الدوحة")
    assert known is not None
    assert (known.label, known.country) == ("LOC", "QA")
    assert adjectives()["كويتيه"] == "KW"
    assert adjectives()["اميركي"] == "US"
    assert len(gazetteer()) > 500


@pytest.mark.parametrize(
    "text",
    [
        "KW: {names: [الكويت]}\nKW: {names: [الكويت]}",
        "KW: {names: [کویت]}",
        "KW: {names: [الكويت], colour: [x]}",
        "KW: [",
    ],
)
def test_bad_data_is_refused(text: str) -> None:
    class Country(BaseModel):
        model_config = ConfigDict(extra="forbid")
        names: list[str]

    with pytest.raises(RuleError, match=r"made\.yaml"):
        parse(text, dict[str, Country], name="made.yaml")

"""Known names: countries, capitals, and the bodies and places of the field, found by their folded words.

``countries.yaml`` with Babel's CLDR tables, ``bodies.yaml`` and ``places.yaml`` give names as they stand;
``patterns.yaml`` gives names made by rule (وزارة الخارجية + nationality) and names that count only after a class noun
(صحيفة [الوطن]).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from kwus_extract.lexicon import country_names
from kwus_extract.lexicon.closed import word_list
from kwus_extract.resources import load
from kwus_extract.text.fold import fold

Words = tuple[str, ...]


class Known(NamedTuple):
    """What the lexicon knows of a name: NER label, canonical name, kind (of place or body) and country."""

    label: str
    name: str
    kind: str
    country: str | None


class Listed(NamedTuple):
    """A known name by its words; the first ``skip`` of them are a class noun that stays outside the name."""

    words: Words
    known: Known
    skip: int = 0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Country(_Strict):
    names: list[str]
    adjective: list[str] = []
    capital: list[str] = []


class _Name(_Strict):
    name: str
    kind: str
    country: str | None = None
    variants: list[str] = []
    label: str | None = None


class _Headed(_Strict):
    kind: str
    heads: list[str]
    gender: str = "m"


class _After(_Strict):
    kind: str
    nouns: list[str]
    names: dict[str, str | None]
    label: str = "ORG"


class _Patterns(_Strict):
    national: list[_Headed]
    nationalities: dict[str, list[str]]
    of_state: list[_Headed]
    after: list[_After]


def tokenized(names: Iterable[str]) -> dict[str, Words]:
    """The folded tokens of each name, as the pipeline's tokenizer cuts them; all names in one pass."""
    from spacy.vocab import Vocab

    from kwus_extract.text.tokenizer import ArabicTokenizer

    tokenizer = ArabicTokenizer(Vocab())
    return {name: tuple(n for n in tokenizer.norms(name) if n[:1].isalnum()) for name in dict.fromkeys(names)}


@lru_cache(maxsize=1)
def countries() -> dict[str, _Country]:
    """The countries of ``countries.yaml`` by ISO code."""
    return load("kwus_extract.lexicon", "countries.yaml", dict[str, _Country])


@lru_cache(maxsize=1)
def adjectives() -> dict[str, str]:
    """Country code by folded adjective without article, in gender, number and case (كويتي، كويتية، كويتيون).

    >>> adjectives()["كويتيه"], adjectives()["امريكيين"]
    ('KW', 'US')
    """
    out: dict[str, str] = {}
    for code, country in countries().items():
        for adjective in country.adjective:
            for ending in ("", "ه", "ين", "ون", "ان", "تين", "تان", "ات", "ا"):
                out.setdefault(fold(adjective) + ending, code)
    return {word: code for word, code in out.items() if word not in word_list("never_nationalities")}


def nationality(bare: Sequence[str], i: int) -> str | None:
    """The country that the adjective at ``i`` names, alone or with the word behind it (الكوري الشمالي).

    ``bare`` holds folded words without article.

    >>> nationality(["زعيم", "كوري", "شمالي"], 1), nationality(["وزير", "كويتي"], 1)
    ('KP', 'KW')
    """
    first = bare[i]
    if i + 1 < len(bare):
        second = bare[i + 1]
        if code := _pairs().get((first.removesuffix("ه"), second.removesuffix("ه"))):
            return code
    return adjectives().get(first)


@lru_cache(maxsize=1)
def _pairs() -> dict[tuple[str, ...], str]:
    """Country code by adjectives of two words: of two Koreas, the second word tells which."""
    named = ((tuple(fold(a).split()), code) for code, country in countries().items() for a in country.adjective)
    return {words: code for words, code in named if len(words) == 2}


@lru_cache(maxsize=1)
def papers() -> dict[Words, Known]:
    """Media with the name of something else, which quotation marks alone tell (أبلغ «الشرق الأوسط»), by folded tokens."""
    named = [(name, rule.kind, code) for rule in _patterns().after for name, code in rule.names.items()]
    words = tokenized(name for name, kind, _ in named if kind == "media")
    return {words[name]: Known("ORG", name, kind, code) for name, kind, code in named if kind == "media"}


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    return load("kwus_extract.lexicon", "patterns.yaml", _Patterns)


@lru_cache(maxsize=1)
def capitals() -> frozenset[str]:
    """Names of the capitals; news lets them stand for the government (واشنطن وموسكو)."""
    return frozenset(name for country in countries().values() for name in country.capital)


def _made_by_rule(patterns: _Patterns, words: dict[str, Words]) -> Iterator[Listed]:
    nations = {code: country.adjective for code, country in countries().items()} | patterns.nationalities
    for rule in patterns.national:
        end, shown_end = ("ه", "ة") if rule.gender == "f" else ("", "")
        for code, forms in nations.items():
            shown = " ".join(f"ال{w}{shown_end}" for w in forms[0].split()) if forms else ""
            for adjective in forms:
                tail = tuple(f"ال{fold(w)}{end}" for w in adjective.split())
                for head in rule.heads:
                    yield Listed(words[head] + tail, Known("ORG", f"{head} {shown}", rule.kind, code))
    for rule in patterns.of_state:
        for code, country in countries().items():
            for name in country.names:
                for head in rule.heads:
                    yield Listed(words[head] + words[name], Known("ORG", f"{head} {country.names[0]}", rule.kind, code))
    for after in patterns.after:
        for name, owner in after.names.items():
            for noun in after.nouns:
                yield Listed(words[noun] + words[name], Known(after.label, name, after.kind, owner), len(words[noun]))


@lru_cache(maxsize=1)
def gazetteer() -> dict[str, list[Listed]]:
    """Known names by their first folded word, longest first. What is given as it stands goes before what a rule makes."""
    cldr = country_names()
    bodies = load("kwus_extract.lexicon", "bodies.yaml", list[_Name])
    places = load("kwus_extract.lexicon", "places.yaml", list[_Name])
    patterns = _patterns()
    strings = [n for c in countries().values() for n in (*c.names, *c.capital)] + [
        n for names in cldr.values() for n in names
    ]
    strings += [n for entry in (*bodies, *places) for n in (entry.name, *entry.variants)]
    strings += [h for rule in (*patterns.national, *patterns.of_state) for h in rule.heads]
    strings += [n for rule in patterns.after for n in (*rule.nouns, *rule.names)]
    words = tokenized(strings)
    table: dict[Words, Listed] = {}

    def add(name: str, known: Known) -> None:
        if words[name]:
            table.setdefault(words[name], Listed(words[name], known))

    for code, country in countries().items():
        for name in (*country.names, *cldr.get(code, ())):
            add(name, Known("LOC", country.names[0], "country", code))
        for name in country.capital:
            add(name, Known("LOC", name, "city", code))
    for code, names in cldr.items():
        for name in names:
            if code not in countries() and len(words[name]) == 1 and len(name) > 3:
                add(name, Known("LOC", name, "country", code))
    for label, entries in (("ORG", bodies), ("LOC", places)):
        for entry in entries:
            label_of = entry.label or ("FAC" if label == "LOC" and entry.kind == "facility" else label)
            for name in (entry.name, *entry.variants):
                add(name, Known(label_of, entry.name, entry.kind, entry.country))
    for listed in _made_by_rule(patterns, words):
        table.setdefault(listed.words, listed)
    out: dict[str, list[Listed]] = {}
    for listed in table.values():
        out.setdefault(listed.words[0], []).append(listed)
    for group in out.values():
        group.sort(key=lambda entry: -len(entry.words))
    return out


def find_known(norms: Sequence[str]) -> Iterator[tuple[int, int, Known]]:
    """Known names in a list of folded tokens, as (first token, token after the last, what is known), leftmost longest.

    >>> [(a, b, k.name) for a, b, k in find_known(["زار", "الولايات", "المتحده", "الامريكيه"])]
    [(1, 4, 'الولايات المتحدة الأمريكية')]
    """
    table = gazetteer()
    i, n = 0, len(norms)
    while i < n:
        for entry in table.get(norms[i], ()):
            if tuple(norms[i : i + len(entry.words)]) == entry.words:
                yield i + entry.skip, i + len(entry.words), entry.known
                i += len(entry.words) - 1
                break
        i += 1


def lookup(norms: Sequence[str]) -> Known | None:
    """What the lexicon knows of exactly the name with these folded tokens."""
    words = tuple(norms)
    entries = gazetteer().get(words[0], ()) if words else ()
    return next((entry.known for entry in entries if entry.words == words and not entry.skip), None)

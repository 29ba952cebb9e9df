"""Known names: countries, capitals, and the bodies and places of the field, found by their folded words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from kwus_extract.lexicon import country_names, load
from kwus_extract.text.fold import fold


class Known(NamedTuple):
    """What the lexicon knows of a name: NER label, canonical name, kind (of place or body) and country."""

    label: str
    name: str
    kind: str
    country: str | None


class _Country(BaseModel):
    model_config = ConfigDict(extra="forbid")
    names: list[str]
    adjective: list[str] = []
    capital: list[str] = []


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    kind: str
    country: str | None = None
    variants: list[str] = []
    label: str = "ORG"


def words_of(name: str) -> tuple[str, ...]:
    """The folded words of a name as the tokenizer would give them, punctuation left out."""
    return tuple("".join(c if c.isalnum() else " " for c in fold(name)).split())


@lru_cache(maxsize=1)
def countries() -> dict[str, _Country]:
    """The countries of ``countries.yaml`` by ISO code."""
    return load("kwus_extract.lexicon", "countries.yaml", dict[str, _Country])


@lru_cache(maxsize=1)
def adjectives() -> dict[str, str]:
    """Country code by folded adjective without article, in gender, number and case (كويتي، كويتية، كويتيون)."""
    out: dict[str, str] = {}
    for code, country in countries().items():
        for adjective in country.adjective:
            stem = fold(adjective)
            for ending in ("", "ه", "ين", "ون", "ان", "تين", "تان", "ات", "ا"):
                out.setdefault(stem + ending, code)
    for stem in ("اماراتي", "كويتي"):
        out.setdefault(stem, "AE" if stem.startswith("ا") else "KW")
    return out


@lru_cache(maxsize=1)
def capitals() -> frozenset[str]:
    """Names of the capitals; news lets them stand for the government (واشنطن وموسكو)."""
    return frozenset(name for country in countries().values() for name in country.capital)


@lru_cache(maxsize=1)
def gazetteer() -> dict[str, list[tuple[tuple[str, ...], Known]]]:
    """Known names by their first folded word, longest first."""
    table: dict[tuple[str, ...], Known] = {}
    cldr = country_names()
    for code, country in countries().items():
        for name in (*country.names, *cldr.get(code, ())):
            table.setdefault(words_of(name), Known("LOC", country.names[0], "country", code))
        for name in country.capital:
            table.setdefault(words_of(name), Known("LOC", name, "city", code))
    for code, names in cldr.items():
        if code not in countries():
            for name in names:
                if len(words_of(name)) == 1 and len(name) > 3:
                    table.setdefault(words_of(name), Known("LOC", name, "country", code))
    for body in load("kwus_extract.lexicon", "bodies.yaml", list[_Body]):
        for name in (body.name, *body.variants):
            table[words_of(name)] = Known(body.label, body.name, body.kind, body.country)
    out: dict[str, list[tuple[tuple[str, ...], Known]]] = {}
    for words, known in table.items():
        if words:
            out.setdefault(words[0], []).append((words, known))
    for entries in out.values():
        entries.sort(key=lambda e: -len(e[0]))
    return out


def find_known(norms: Sequence[str]) -> Iterator[tuple[int, int, Known]]:
    """Known names in a list of folded tokens, as (first token, token after the last, what is known), leftmost longest.

    >>> [(a, b, k.name) for a, b, k in find_known(["زار", "الولايات", "المتحده", "الامريكيه"])]
    [(1, 4, 'الولايات المتحدة الأمريكية')]
    """
    table = gazetteer()
    i, n = 0, len(norms)
    while i < n:
        for words, known in table.get(norms[i], ()):
            if tuple(norms[i : i + len(words)]) == words:
                yield i, i + len(words), known
                i += len(words) - 1
                break
        i += 1


def lookup(name: str) -> Known | None:
    """What the lexicon knows of exactly this name."""
    words = words_of(name)
    return next((known for entry, known in gazetteer().get(words[0] if words else "", ()) if entry == words), None)

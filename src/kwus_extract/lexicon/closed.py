"""The closed word lists of ``closed.yaml``, folded."""

from __future__ import annotations

from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from kwus_extract.resources import load
from kwus_extract.text.fold import fold


class _Closed(BaseModel):
    model_config = ConfigDict(extra="allow")
    verbal_nouns: dict[str, str]
    ordinals: dict[int, list[str]]
    ordinal_tens: dict[int, list[str]]
    body_kinds: dict[str, list[str]]
    complements: dict[str, list[str]]


@lru_cache(maxsize=1)
def _closed() -> _Closed:
    return load("kwus_extract.lexicon", "closed.yaml", _Closed)


@lru_cache(maxsize=64)
def word_list(name: str) -> frozenset[str]:
    """The folded words of one list; KeyError for a list that does not exist.

    >>> "الذي" in word_list("relatives")
    True
    """
    lists = _closed().model_extra or {}
    return frozenset(fold(word) for word in lists[name])


def verbal_nouns() -> dict[str, str]:
    """Lemma of the verb by verbal noun (توقيع: وقع)."""
    return {fold(noun): fold(lemma) for noun, lemma in _closed().verbal_nouns.items()}


def ordinals() -> dict[str, int]:
    """Number by ordinal without article."""
    return {fold(word): number for number, forms in _closed().ordinals.items() for word in forms}


def ordinal_tens() -> dict[str, int]:
    """Number by ordinal of the tens, without article."""
    return {fold(word): number for number, forms in _closed().ordinal_tens.items() for word in forms}


def body_kinds() -> dict[str, str]:
    """Kind of a body by the first word of its name, without article."""
    return {fold(word): kind for kind, forms in _closed().body_kinds.items() for word in forms}


def complements() -> dict[str, frozenset[str]]:
    """The verbal nouns that each take one of these prepositions, by noun without article: رقابة على."""
    taken: dict[str, set[str]] = {}
    for preposition, nouns in _closed().complements.items():
        for noun in nouns:
            taken.setdefault(fold(noun), set()).add(fold(preposition))
    return {noun: frozenset(prepositions) for noun, prepositions in taken.items()}

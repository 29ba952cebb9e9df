"""The words around names: posts, ranks and titles of ``posts.yaml``, folded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from kwus_extract.lexicon.closed import word_list
from kwus_extract.resources import load
from kwus_extract.text.fold import fold

_PRONOUNS = ("ه", "ها", "هم", "هما", "نا")


class _Posts(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ranks: list[str]
    rank_modifiers: list[str]
    honorifics: list[str]
    heads: list[str]
    counterparts: list[str]
    post_modifiers: list[str]
    construct_nouns: list[str]
    groups: list[str]
    quantifiers: list[str]
    sides: list[str]
    place_nouns: list[str]


@dataclass(frozen=True)
class Vocabulary:
    """The word lists of ``posts.yaml``, folded."""

    ranks: frozenset[str]
    rank_modifiers: frozenset[str]
    honorifics: dict[str, list[tuple[str, ...]]]
    heads: frozenset[str]
    counterparts: frozenset[str]
    post_modifiers: frozenset[str]
    construct_nouns: frozenset[str]
    groups: frozenset[str]
    quantifiers: frozenset[str]
    sides: frozenset[str]
    place_nouns: frozenset[str]
    owned: frozenset[str]  # heads with a pronoun: مندوبها
    courteous: frozenset[str]  # the words of honorifics


def _strip(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 4 else word


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The vocabulary of posts and titles."""
    data = load("kwus_extract.lexicon", "posts.yaml", _Posts)
    sets = {k: frozenset(fold(w) for w in v) for k, v in data.model_dump().items() if k != "honorifics"}
    honorifics: dict[str, list[tuple[str, ...]]] = {}
    for phrase in data.honorifics:
        words = tuple(_strip(w) for w in fold(phrase).split())
        honorifics.setdefault(words[0], []).append(words)
    for group in honorifics.values():
        group.sort(key=len, reverse=True)
    counterparts = sets.pop("counterparts")
    sets["counterparts"] = frozenset(
        c + p for c in counterparts for p in ("ه", "ها", "هما", "هم", "ي", "نا")
    ) | frozenset(c[:-1] + "ت" + p for c in counterparts if c.endswith("ه") for p in ("ه", "ها", "هما"))
    sets["owned"] = frozenset(
        (h[:-1] + "ت" if h.endswith("ه") else h) + p for h in sets["heads"] - word_list("kin") for p in _PRONOUNS
    )
    sets["courteous"] = frozenset(word for group in honorifics.values() for words in group for word in words)
    return Vocabulary(honorifics=honorifics, **sets)

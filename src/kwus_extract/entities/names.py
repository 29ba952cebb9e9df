"""The names of an article: what a NER backend found together with what the lexicon knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kwus_extract.entities.vocabulary import vocabulary
from kwus_extract.entities.words import Words
from kwus_extract.lexicon.gazetteer import Known, find_known, lookup


class Name(NamedTuple):
    """A settled name: token range, NER label, and what the lexicon knows of it."""

    first: int
    last: int  # token after the last
    label: str
    known: Known | None


def settle(words: Words, spans: Iterable[tuple[int, int, str]]) -> list[Name]:
    """The NER backend's token spans together with the lexicon's, none overlapping.

    The model rules on people; a known name replaces the model's where it is longer or the model is silent.
    """
    spans = list(spans)
    class_nouns = vocabulary().place_nouns | vocabulary().construct_nouns
    whole = {words.joined(a, b)[-1] for a, b, label in spans if label == "PER" and b - a > 1 and words.joined(a, b)}

    def keeps(first: int, last: int) -> bool:
        """Whether the letter before a personal name belongs to it: لاندو, unless the name stands elsewhere without it."""
        joined = words.joined(first, last)
        if len(joined) > 1 or joined[-1] in whole:
            return words.norms[first] != "و" or (len(joined) == 1 and joined[0] in whole)
        return words.norms[first] != "و" and words.norms[first + 1] not in whole

    names = []
    for first, last, label in spans:
        while first < last and (
            not words.norms[first][:1].isalnum()
            or (words.clitic[first] and not (label == "PER" and keeps(first, last)))
        ):
            first += 1
        while first < last and not words.norms[last - 1][:1].isalnum():
            last -= 1
        common = last - first == 1 and words.bare[first] == words.norms[first] and words.bare[first] in class_nouns
        if first < last and not common:
            names.append(Name(first, last, label, lookup(words.norms[first:last])))
    taken = [False] * len(words)
    out: list[Name] = []
    known = [Name(a, b, k.label, k) for a, b, k in find_known(words.norms)]
    person = [False] * len(words)
    for name in names:
        if name.label == "PER":
            for i in range(name.first, name.last):
                person[i] = True
    longer = []
    for k in known:
        if any(person[k.first : k.last]):
            continue
        rivals = [m for m in names if m.first < k.last and k.first < m.last]
        if all(k.first <= m.first and m.last <= k.last for m in rivals):
            longer.append(k)
    for name in (*longer, *names):
        if not any(taken[name.first : name.last]):
            for i in range(name.first, name.last):
                taken[i] = True
            out.append(name)
    out.sort()
    return out

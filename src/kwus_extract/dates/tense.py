"""The direction of a clause in time, by the words around a date: ``زار … الأحد`` looks back, ``يزور … الأحد`` ahead."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cache

from pydantic import BaseModel, ConfigDict

from kwus_extract.errors import RuleError
from kwus_extract.lexicon import load
from kwus_extract.lexicon.verbs import verb_forms
from kwus_extract.text.fold import fold

_REACH_BACK, _REACH_AHEAD = 40, 15  # words of the sentence that are read before and after a date
_REACH_AUXILIARY = 5
_ENDS = frozenset(".!?؟\n؛")


class _Cue(Enum):
    PAST = "past"
    PLAN = "plans"
    PRESENT = "present"
    FUTURE = "future"
    TIMELESS = "timeless"


class Cues(BaseModel):
    """The shape of ``context.yaml``; a word that stands in two lists is an error."""

    model_config = ConfigDict(extra="forbid")

    future: list[str]
    past: list[str]
    plans: list[str]
    timeless: list[str]
    links: list[str]
    negators: list[str]
    auxiliaries: list[str]
    conjunctions: list[str]


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, words))


@cache
def _cues() -> tuple[dict[str, _Cue], dict[str, frozenset[str]]]:
    """The cue of each word, and the lists of function words by name."""
    data = load("kwus_extract.dates", "context.yaml", Cues)
    out: dict[str, _Cue] = {}
    for form, reading in verb_forms().items():
        if reading.tense == "present":
            out[form] = _Cue.PRESENT
            out["س" + form] = _Cue.FUTURE
        else:
            out[form] = _Cue.PAST
    own: dict[str, _Cue] = {}
    for cue in (_Cue.FUTURE, _Cue.PAST, _Cue.PLAN, _Cue.TIMELESS):
        for word in _folded(getattr(data, cue.value)):
            if word in own:
                raise RuleError(f"context.yaml: {word!r} stands as {own[word].value} and as {cue.value}")
            own[word] = cue
    names = ("links", "negators", "auxiliaries", "conjunctions")
    return out | own, {name: _folded(getattr(data, name)) for name in names}


def _bare(word: str) -> str:
    return word[1:] if len(word) > 3 and word[0] in "وف" else word


def _cue(word: str) -> _Cue | None:
    cues, _ = _cues()
    return cues.get(word) or cues.get(_bare(word))


def _present_is_past(words: list[str], index: int) -> bool:
    """Whether a negator or auxiliary makes a past of the imperfect at ``index`` (``لم يزر``, ``كان يزور``)."""
    lists = _cues()[1]
    if index and _bare(words[index - 1]) in lists["negators"]:
        return True
    for word in reversed(words[max(0, index - _REACH_AUXILIARY) : index]):
        if word in lists["conjunctions"]:
            return False
        if _bare(word) in lists["auxiliaries"] or word in lists["auxiliaries"]:
            return True
    return False


def _reading(words: list[str], index: int) -> _Cue | None:
    cue = _cue(words[index])
    if cue is _Cue.PRESENT and _present_is_past(words, index):
        return _Cue.PAST
    return None if cue is _Cue.TIMELESS else cue


def direction(pieces: list[tuple[str, int, int]], first: int, last: int) -> int | None:
    """-1 or 1 as the clause of the pieces ``first:last`` looks back or ahead; None when no word says so.

    The verb nearest before the date governs it; without one the first verb behind it does.

    >>> def pieces(text): return [(word, 0, 0) for word in text.split()]
    >>> direction(pieces("زار الوزير الكويت الاحد"), 3, 4), direction(pieces("يزور الوزير الكويت الاحد"), 3, 4)
    (-1, 1)
    >>> direction(pieces("لم يزر الوزير الكويت الاحد"), 4, 5), direction(pieces("الاحد ستنطلق القمه"), 0, 1)
    (-1, 1)
    >>> direction(pieces("دعا الي اجتماع الاحد"), 3, 4), direction(pieces("لقاء الاحد"), 1, 2)
    (1, None)
    """
    start = first
    while start > 0 and first - start < _REACH_BACK and pieces[start - 1][0] not in _ENDS:
        start -= 1
    before = [piece[0] for piece in pieces[start:first]]
    links = _cues()[1]["links"]
    for index in range(len(before) - 1, -1, -1):
        match _reading(before, index):
            case _Cue.PAST:
                return -1
            case _Cue.PLAN:
                return 1 if links.intersection(before[index + 1 :]) else -1
            case _Cue.FUTURE | _Cue.PRESENT:
                return 1
    stop = last
    while stop < len(pieces) and stop - last < _REACH_AHEAD and pieces[stop][0] not in _ENDS:
        stop += 1
    after = [piece[0] for piece in pieces[last:stop]]
    for index in range(len(after)):
        match _reading(after, index):
            case _Cue.PAST | _Cue.PLAN:
                return -1
            case _Cue.FUTURE | _Cue.PRESENT:
                return 1
    return None

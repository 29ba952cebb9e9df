"""The direction of a clause in time, by the words around a date: ``زار … الأحد`` looks back, ``يزور … الأحد`` ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache, lru_cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from kwus_extract.errors import RuleError
from kwus_extract.lexicon.verbs import verb_forms
from kwus_extract.resources import load
from kwus_extract.text.clitics import Clitics
from kwus_extract.text.fold import fold

_REACH_BACK, _REACH_AHEAD = 40, 15  # words of the sentence that are read before and after a date
_NEAR_START = 4  # words before a date at the start of its sentence, where the verb that governs it comes behind it
_REACH_AUXILIARY = 5
_ENDS = frozenset(".!?؟\n؛")


class _Cue(Enum):
    PAST = "past"
    PLAN = "plans"
    TELL = "tells"
    PRESENT = "present"
    FUTURE = "future"
    TIMELESS = "timeless"
    NOUN = "nouns"


class Cues(BaseModel):
    """The shape of ``context.yaml``; a word that stands in two lists is an error."""

    model_config = ConfigDict(extra="forbid")

    perfect: list[str]
    imperfect: list[str]
    future: list[str]
    past: list[str]
    plans: list[str]
    tells: list[str]
    timeless: list[str]
    links: list[str]
    negators: list[str]
    auxiliaries: list[str]
    conjunctions: list[str]
    subordinators: list[str]
    nouns: list[str]
    relatives: list[str]
    particles: list[str]
    unfuture: list[str]
    unpresent: list[str]
    remarks: list[str]
    openers: list[str]
    lasting: list[str]
    untils: list[str]
    dayparts: list[str]


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, words))


def _perfects(words: list[str]) -> Iterator[str]:
    """``حقق``, ``حققت``, ``حققوا``, ``حققته``; a last weak letter falls away before endings (``أنهى``, ``أنهت``)."""
    for word in map(fold, words):
        stem = word[:-1] if len(word) > 2 and word[-1] in "يا" else word
        yield word
        yield from (stem + ending for ending in ("ت", "وا", "تا", "ته", "تها", "تهم"))
        yield word + "ا"


def _imperfects(stems: list[str]) -> Iterator[str]:
    """``يحقق``, ``تحقق``, ``يحققون``, ``يحققان``."""
    for stem in map(fold, stems):
        short = stem[:-1] if stem[-1] in "يو" and len(stem) > 2 else stem
        for prefix in "يت":
            yield prefix + stem
            yield from (prefix + short + ending for ending in ("ون", "وا"))
            yield from (prefix + stem + ending for ending in ("ان", "ا"))


@cache
def _cues() -> tuple[dict[str, _Cue], dict[str, frozenset[str]]]:
    """The cue of each word, and the lists of function words by name."""
    data = load("kwus_extract.dates", "context.yaml", Cues)
    out: dict[str, _Cue] = {}
    for form in _imperfects(data.imperfect):
        out |= {form: _Cue.PRESENT, "س" + form: _Cue.FUTURE}
    for form, reading in verb_forms().items():
        # With a pronoun a noun is the likelier reading (عمله, تقدمه), and a verb tells how things are (الذي تديره).
        if reading.tense == "present":
            out["س" + form] = _Cue.FUTURE
        if not reading.enclitic:
            out[form] = _Cue.PRESENT if reading.tense == "present" else _Cue.PAST
    out |= dict.fromkeys(_perfects(data.perfect), _Cue.PAST)  # what is both is the perfect: تولى, تلقى
    own: dict[str, _Cue] = {}
    for cue in (_Cue.FUTURE, _Cue.PAST, _Cue.PLAN, _Cue.TELL, _Cue.TIMELESS, _Cue.NOUN):
        for word in _folded(getattr(data, cue.value)):
            if word in own and own[word] is not cue:
                raise RuleError(f"context.yaml: {word!r} stands as {own[word].value} and as {cue.value}")
            own[word] = cue
    names = ("links", "negators", "auxiliaries", "conjunctions", "subordinators", "relatives", "particles", "unfuture",
             "unpresent", "remarks", "openers", "lasting", "untils", "dayparts")  # fmt: skip
    return out | own, {name: _folded(getattr(data, name)) for name in names}


def _bare(word: str) -> str:
    return word[1:] if len(word) > 2 and word[0] in "وف" else word


@lru_cache(maxsize=2**13)
def _cue(word: str) -> _Cue | None:
    cues, lists = _cues()
    cue = cues.get(word) or cues.get(_bare(word))
    # A verb that no list holds shows by its prefix; but no name gives one when its first letter is taken off (ف-يدان).
    bare = _bare(word) if 1 in Clitics.load().cut(word).starts else word
    if cue is None and len(bare) > 3 and bare[0] in "سي":
        if bare.startswith("سي") and not bare.startswith(tuple(lists["unfuture"])):
            return _Cue.FUTURE
        if bare[0] == "ي" and not bare.startswith(tuple(lists["unpresent"])):
            return _Cue.PRESENT
    return cue


def _present_is_past(words: list[str], index: int) -> bool:
    """Whether a negator or auxiliary makes a past of the imperfect at ``index`` (``لم يزر``, ``كان يزور``).

    What was due (``كان من المقرر أن يصل``) was so in the past, but not what a relative clause tells of something that
    is called off (``ألغى الزيارة التي كان من المقرر أن تبدأ``).
    """
    lists = _cues()[1]
    if index and _bare(words[index - 1]) in lists["negators"]:
        return True
    due = False
    for at in range(index - 1, max(0, index - _REACH_AUXILIARY) - 1, -1):
        word = words[at]
        if word == "ان" and at and _cue(words[at - 1]) is _Cue.FUTURE:
            due = True
        elif word in lists["conjunctions"]:
            return False
        elif _bare(word) in lists["auxiliaries"] or word in lists["auxiliaries"]:
            return not (due and at and _bare(words[at - 1]) in lists["relatives"])
    return False


def _reading(words: list[str], index: int) -> _Cue | None:
    """What the word at ``index`` says of the time where it stands; None when it says nothing."""
    word, lists = words[index], _cues()[1]
    cue = _cue(word)
    if cue is _Cue.PRESENT:
        if _present_is_past(words, index):
            return _Cue.PAST
        if index > 1 and words[index - 1] == "ان" and _bare(words[index - 2]) in lists["subordinators"]:
            return None
        if index and words[index - 1] in lists["remarks"]:
            return None
    behind_relative = index > 0 and _bare(words[index - 1]) in lists["relatives"]
    if behind_relative and cue in (None, _Cue.NOUN) and word[0] not in "يتس" and word not in lists["particles"]:
        return _Cue.PAST
    return None if cue in (_Cue.TIMELESS, _Cue.NOUN) else cue


class Direction(NamedTuple):
    """Where a clause looks in time: ``way`` -1 or 1; ``firm`` is whether a verb or cue says so by its form."""

    way: int
    firm: bool


def direction(pieces: list[tuple[str, int, int]], first: int, last: int) -> Direction | None:
    """The direction of the clause around the pieces ``first:last``; None when no word says it.

    The verb nearest before the date governs it; without one the first verb behind it does. An imperfect looks ahead
    (``يزور الكويت الأحد``), but less firmly than a future, since headlines tell the past in it.

    >>> def way(text, first, last):
    ...     found = direction([(word, 0, 0) for word in text.split()], first, last)
    ...     return found and found.way
    >>> way("زار الوزير الكويت الاحد", 3, 4), way("يزور الوزير الكويت الاحد", 3, 4)
    (-1, 1)
    >>> way("لم يزر الوزير الكويت الاحد", 4, 5), way("الاحد ستنطلق القمه", 0, 1)
    (-1, 1)
    >>> way("دعا الي اجتماع الاحد", 3, 4), way("لقاء الاحد", 1, 2)
    (1, None)
    >>> way("كان من المقرر ان يصل الوفد الاحد", 6, 7), way("من المقرر ان يصل الوفد الاحد", 5, 6)
    (-1, 1)
    >>> way("بدات الاحد وتستمر حتي الخميس", 4, 5), way("بدات القمه وتستمر منذ الخميس", 4, 5)
    (1, -1)
    """
    start = first
    while start > 0 and first - start < _REACH_BACK and pieces[start - 1][0] not in _ENDS:
        start -= 1
    before = [piece[0] for piece in pieces[start:first]]
    stop = last
    while stop < len(pieces) and stop - last < _REACH_AHEAD and pieces[stop][0] not in _ENDS:
        stop += 1
    after = [piece[0] for piece in pieces[last:stop]]
    lists = _cues()[1]
    until = next((word for word in reversed(before) if word not in lists["dayparts"]), "") in lists["untils"]
    for index in range(len(before) - 1, -1, -1):
        if until and _bare(before[index]) in lists["lasting"] and not _present_is_past(before, index):
            return Direction(1, firm=True)
        if before[index] in lists["openers"] and (found := _ahead(after)):
            return found
        match _reading(before, index):
            case _Cue.PAST:
                return Direction(-1, firm=True)
            case _Cue.TELL:
                return Direction(-1, firm=False)
            case _Cue.PLAN:
                linked = lists["links"].intersection(before[index + 1 :])
                return Direction(1, firm=False) if linked else Direction(-1, firm=True)
            case _Cue.FUTURE:
                return Direction(1, firm=True)
            case _Cue.PRESENT:
                return Direction(1, firm=False)
    return _ahead(after) if len(before) <= _NEAR_START else None


def _ahead(words: list[str]) -> Direction | None:
    """What the first cue of the words behind a date says."""
    for index in range(len(words)):
        match _reading(words, index):
            case _Cue.PAST | _Cue.PLAN | _Cue.TELL:
                return Direction(-1, firm=True)
            case _Cue.FUTURE:
                return Direction(1, firm=True)
            case _Cue.PRESENT:
                return Direction(1, firm=False)
    return None

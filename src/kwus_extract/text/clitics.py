"""Proclitics: where و ف ب ل ك س end and the word begins, decided by a frequency lexicon.

A word form is cut where "share of the proclitics × damped frequency of the rest" beats the frequency of the whole
form as a word of its own. Shares and frequencies come from ``lexicon/words.txt.gz``, made from 59,000 news articles by
``scripts/build_word_lexicon.py``; the few hundred forms that counts cannot settle stand in ``clitics.yaml``.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from kwus_extract.errors import RuleError
from kwus_extract.resources import load
from kwus_extract.text.fold import fold

CONJUNCTIONS = ("", "و", "ف")
PREPOSITIONS = ("", "ال", "ب", "بال", "ل", "لل", "ك", "كال", "س")
ENCLITICS = ("هما", "كما", "ها", "هم", "هن", "نا", "كم", "ني", "ه", "ك", "ي")
"""Pronouns written onto a word, longest first, in folded spelling."""

ENDINGS = (*ENCLITICS, "ات", "ون", "ين", "ان", "يه", "تين", "تان", "ا", "وا")
_INFLECTED = 0.05  # weight of a form whose base is in the lexicon, as a share of the base's
_INFLECTED_MOST = 0.5  # and at most this: common words' forms are in the lexicon themselves
_HAMZA = 20.0  # odds that a written أ إ آ right after a possible proclitic begins the word
_HAMZAS = tuple("أإآ")
_PLAIN_ALEF = str.maketrans("أإآ", "ااا")
_UNSEEN_WHOLE = 0.0005  # the same when nothing is cut off: an unseen form is rather a rare cut than a new word
_COMMON_REST = 8.0  # damped frequency that the rest after the rare proclitics ف and ك must have
_COMMON = 60.0  # damped frequency granted to a word of the exceptions after a conjunction
_PROCLITICS = tuple("وفبلكس")
_LIKELY = 1.0  # damped frequency of a stem whose letters say that it is one
_DERIVED = re.compile(r"ا(?:ست|.ت|ن[^يو])|يست|يت|ي.+(?:ون|وا)$|[اي]?.*(?:هما|هم|ها|ته)$")
_LEAST_SHARE = 0.0005


class Cut(NamedTuple):
    """How a form is cut: the positions where pieces begin after the first, and whether the last piece is لX for الX."""

    starts: tuple[int, ...] = ()
    definite: bool = False


WHOLE = Cut()


class _Exceptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    whole: list[str]
    split: list[str]


class WordLexicon:
    """Frequencies of words without proclitics, and the shares of the proclitics; words in folded spelling.

    >>> words = WordLexicon.load()
    >>> "وزير" in words, "زيارات" in words, "وقال" in words
    (True, True, False)
    """

    def __init__(self, counts: dict[str, int], conjunctions: dict[str, float], prepositions: dict[str, float]) -> None:
        self.counts = counts
        self.conjunctions = {part: max(conjunctions.get(part, 0), _LEAST_SHARE) for part in CONJUNCTIONS}
        self.prepositions = {part: max(prepositions.get(part, 0), _LEAST_SHARE) for part in PREPOSITIONS}

    @classmethod
    @cache
    def load(cls) -> WordLexicon:
        """The lexicon of the package, read once."""
        packed = (files("kwus_extract") / "lexicon" / "words.txt.gz").read_bytes()
        header, _, body = gzip.decompress(packed).decode().partition("\n")
        shares = json.loads(header)
        fields = body.split()
        return cls(dict(zip(fields[::2], map(int, fields[1::2]), strict=True)), **shares)

    def __contains__(self, word: str) -> bool:
        return word in self.counts

    def weight(self, word: str) -> float:
        """Damped frequency of ``word``; a little for an unknown form of a known word (ending or pronoun)."""
        count = self.counts.get(word)
        if count:
            return float(count**0.5)
        for ending in ENDINGS:
            base = word[: -len(ending)]
            if len(base) >= 3 and word.endswith(ending):
                count = self.counts.get(base) or (self.counts.get(base[:-1] + "ه") if base[-1] == "ت" else None)
                if count:
                    return min(_INFLECTED * float(count**0.5), _INFLECTED_MOST)
        return 0.0


def unseen(conjunction: str, preposition: str, stem: str) -> float:
    """Damped frequency of a stem that no text has shown without these proclitics; 0 where they would not be cut off.

    The letters decide: foreign names begin with ب, ل or و too (بارافينا, لورينتو, ولفغانغ), but not in the way of Arabic
    stems with the article, a person letter or a derived form.
    """
    arabic = bool(_DERIVED.match(stem))
    if preposition == "لل" or conjunction + preposition in ("وال", "فال"):
        return _LIKELY if len(stem) >= 3 else 0.0
    if preposition == "بال":
        return _LIKELY if len(stem) >= 4 and stem[0] != "ا" else 0.0
    if preposition == "ب":
        return _LIKELY if len(stem) >= 6 and stem[0] == "ا" and arabic else 0.0
    if preposition == "ل":
        return _LIKELY if len(stem) >= 4 and (arabic or stem[0] in "متن") else 0.0
    if conjunction == "و" and not preposition:
        return _LIKELY if len(stem) >= 3 and (stem[0] not in "ويالبكس" or (arabic and stem[0] in "يا")) else 0.0
    return 0.0


class Clitics:
    """Cuts proclitics off word forms.

    >>> clitics = Clitics.load()
    >>> clitics.cut("والوزير"), clitics.cut("وزير"), clitics.cut("وبالكويت")
    (Cut(starts=(1,), definite=False), Cut(starts=(), definite=False), Cut(starts=(1, 2), definite=False))
    >>> clitics.cut("للجيش")  # ل + لجيش, the second for الجيش
    Cut(starts=(1,), definite=True)
    """

    def __init__(self, words: WordLexicon, exceptions: dict[str, Cut]) -> None:
        self.words = words
        self.exceptions = exceptions

    @classmethod
    @cache
    def load(cls) -> Clitics:
        """The lexicon and the exceptions of the package, read once."""
        table = load("kwus_extract.text", "clitics.yaml", _Exceptions)
        return cls(WordLexicon.load(), _cuts([*table.whole, *table.split]))

    def cut(self, form: str) -> Cut:
        """Where the pieces of ``form`` begin; ``form`` is folded except that أ إ آ may keep their hamza."""
        plain = form.translate(_PLAIN_ALEF)
        if form[:1] not in _PROCLITICS:
            return WHOLE
        known = self.exceptions.get(form)
        if known is None and form[1:2] not in _HAMZAS:  # واحد is one word, وأحد two
            known = self.exceptions.get(plain)
        if known is not None:
            return known
        best, best_score = WHOLE, 0.0
        for cut, score in self._scored(form, plain):
            if score > best_score:
                best, best_score = cut, score
        return best

    def _scored(self, form: str, plain: str) -> Iterator[tuple[Cut, float]]:
        words = self.words
        for conjunction, conjunction_share in words.conjunctions.items():
            if not plain.startswith(conjunction):
                continue
            at = len(conjunction)
            known = self.exceptions.get(form[at:], self.exceptions.get(plain[at:])) if at else None
            if known is not None:
                starts = (at, *(at + start for start in known.starts))
                yield Cut(starts, known.definite), conjunction_share * max(_COMMON, words.weight(plain[at:]))
                continue
            for preposition, share in words.prepositions.items():
                if not plain.startswith(preposition, at):
                    continue
                stem = plain[at + len(preposition) :]
                if len(stem) < 2 and (conjunction or preposition):
                    continue
                definite = preposition.endswith("ل") and preposition != "ل"
                letter = preposition[:1] if preposition != "ال" else ""
                starts = (at, at + 1) if letter and conjunction else (1,) if letter or conjunction else ()
                written = form[starts[-1]] if starts and starts[-1] < len(form) else ""
                if preposition == "س" and (len(stem) < 3 or (written not in "ينت" and written != "أ")):
                    continue
                weight = words.weight(stem)
                if self.exceptions.get(stem) == WHOLE:
                    weight = max(weight, _COMMON)
                if ("ك" in letter or conjunction == "ف") and weight < _COMMON_REST and not definite:
                    weight = 0.0
                if not starts:
                    weight = max(weight, _UNSEEN_WHOLE)
                elif weight == 0:
                    weight = unseen(conjunction, preposition, stem)
                if starts and written in _HAMZAS and not definite:
                    weight = max(weight, _LIKELY) * _HAMZA if letter in ("", "ب", "ل") else weight * _HAMZA
                if weight == 0:
                    continue
                yield Cut(starts, preposition == "لل"), conjunction_share * share * weight


def _cuts(entries: list[str]) -> dict[str, Cut]:
    """The cut of each entry, which is written with + between the pieces; keys with and without hamza on the alef."""
    cuts: dict[str, Cut] = {}
    for entry in entries:
        pieces = [fold(piece) for piece in entry.split("+")]
        starts, at = [], 0
        for piece in pieces[:-1]:
            at += len(piece)
            starts.append(at)
        form = "".join(pieces)
        if form in cuts:
            raise RuleError(f"clitics.yaml: {form} stands twice")
        written = "".join(char if char in _HAMZAS else fold(char) for char in entry.replace("+", ""))
        cuts[form] = cuts[written] = Cut(tuple(starts), definite=pieces[-2:] == ["ل", "له"])
    return cuts

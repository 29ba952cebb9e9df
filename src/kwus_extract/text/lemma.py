"""A light lemma: the word without article, sound plural, dual, feminine and pronoun endings.

An ending is taken off only where the frequency lexicon says that the rest is a word, and a commoner one than the form
itself would be by chance; broken plurals that matter stand in ``lemmas.yaml``. Verbs keep their form: only the future
س is cut off, by the tokenizer.
"""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from kwus_extract.errors import RuleError
from kwus_extract.resources import load
from kwus_extract.text.clitics import WordLexicon
from kwus_extract.text.fold import fold

PRONOUNS = ("هما", "ها", "هم", "هن", "نا", "كم", "ه")
_LEAST = 3  # letters that must be left, and the least count of a base
_TANWIN = ("ا\u064b", "\u064bا")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    forms: dict[str, list[str]]
    keep: list[str]


class Lemmatizer:
    """Light lemmas of single tokens, in folded spelling.

    >>> lemma = Lemmatizer.load().lemma
    >>> [lemma(w) for w in ("الزيارات", "اجتماعاتهم", "الوزراء", "زيارته", "المسؤولون", "دولة", "التقى", "الكويتي")]
    ['زياره', 'اجتماع', 'وزير', 'زياره', 'مسوول', 'دوله', 'التقي', 'كويتي']
    """

    def __init__(self, words: WordLexicon, forms: dict[str, str], keep: frozenset[str]) -> None:
        self.words = words
        self.forms = forms
        self.keep = keep

    @classmethod
    @cache
    def load(cls) -> Lemmatizer:
        """The lexicon and the table of the package, read once."""
        table = load("kwus_extract.text", "lemmas.yaml", _Table)
        forms: dict[str, str] = {}
        for lemma, plurals in table.forms.items():
            for form in map(fold, plurals):
                if form in forms:
                    raise RuleError(f"lemmas.yaml: {form} stands twice")
                forms[form] = fold(lemma)
        keep = frozenset(map(fold, table.keep)) | frozenset(map(fold, table.forms))
        return cls(WordLexicon.load(), forms, keep)

    def lemma(self, word: str, norm: str | None = None) -> str:
        """Lemma of ``word`` (raw spelling, no proclitics); ``norm`` is its norm where that is not ``fold(word)``."""
        norm = fold(word) if norm is None else norm
        if norm in self.keep or not norm.isalpha():
            return norm
        stem = self._without_article(norm)
        if stem in self.keep:
            return stem
        if stem in self.forms:
            return self.forms[stem]
        base = stem
        if not word.rstrip("\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652").endswith(("ة", "ۃ")):
            base = self._without_pronoun(stem)
            if base in self.forms:
                return self.forms[base]
        if base in self.keep:
            return base
        return self._singular(base, tanwin=word.endswith(_TANWIN))

    def _without_article(self, norm: str) -> str:
        """``norm`` without ال, unless only the whole is a word that the corpora know (الياس)."""
        rest = norm[2:]
        if not norm.startswith("ال") or len(rest) < _LEAST:
            return norm
        return rest if rest in self.words or norm not in self.words else norm

    def _without_pronoun(self, stem: str) -> str:
        for pronoun in PRONOUNS:
            base = stem[: -len(pronoun)]
            if stem.endswith(pronoun) and len(base) >= _LEAST:
                if base in self.forms:
                    return base
                feminine = base[:-1] + "ه" if base[-1] == "ت" and len(base) > _LEAST else ""
                if self.words.counts.get(feminine, 0) > self.words.counts.get(base, 0):
                    return feminine
                if self._commoner(base, stem):
                    return base
        return stem

    def _singular(self, stem: str, *, tanwin: bool) -> str:
        if stem.endswith("ات") and len(stem) > _LEAST + 1:
            candidates = [stem[:-2] + "ه", stem[:-2]]
        elif stem.endswith(("تين", "تان")) and len(stem) > _LEAST + 2:
            candidates = [stem[:-3] + "ه"]
        elif stem.endswith(("ين", "ون", "ان")) and len(stem) > _LEAST + 1:
            candidates = [stem[:-2]]
        elif stem.endswith("ا") and len(stem) > _LEAST and (tanwin or stem[-2] != "ي"):
            candidates = [stem[:-1]]
        else:
            return stem
        best = max(candidates, key=lambda base: self.words.counts.get(base, 0))
        return best if self._commoner(best, stem) else stem

    def _commoner(self, base: str, form: str) -> bool:
        """Whether ``base`` is a word seen about as often as ``form``: an ending seldom makes a word commoner."""
        count = self.words.counts.get(base, 0)
        return count > _LEAST and 2 * count >= self.words.counts.get(form, 0)

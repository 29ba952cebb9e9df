"""Raw Arabic text to a spaCy Doc: every character stands in exactly one token, proclitics are tokens of their own.

What is split:
- proclitics و ف ب ل ك and the future س before a known word (والوزير → و + الوزير; وسيزور → و + س + يزور); the article
  ال stays on its word; in للجيش the tokens are ل and لجيش, and the norm of the second is الجيش;
- punctuation, quotes, brackets, hashtag signs and underscores; a run of one sign (``..``, ``--``) is one token;
- digits from Arabic letters (دسمان-1 → three tokens, ``2015م`` → two) and at ``/``, ``:`` and ``-``; numbers with a
  point or comma inside (2.5 and 1,000) and Latin letters with digits (``F16``; but ``F-16`` is three) stay whole, so do
  web and mail addresses;
- white space other than the one space after a token is a token of its own (``is_space``), as always in spaCy.

Invisible marks (bidi, zero-width) belong to the token they touch; ``norm_`` is free of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from spacy.attrs import IS_PUNCT, LEMMA, NORM  # type: ignore[import-not-found]
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from kwus_extract.text.clitics import Clitics
from kwus_extract.text.fold import FoldedText, fold
from kwus_extract.text.lemma import Lemmatizer

_INVISIBLE = r"\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_MARKS = r"\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08ff"
_ARABIC = (
    r"\u0620-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06e5\u06e6\u06ee\u06ef\u06fa-\u06ff"
    r"\u0750-\u077f\u08a0-\u08c9\ufb50-\ufdfb\ufe70-\ufefc"
)
_DIGITS = r"0-9\u0660-\u0669\u06f0-\u06f9"
PIECE = re.compile(
    rf"""[{_INVISIBLE}]*(?:
      (?P<address>(?:https?://|www\.)[^\s<>«»“”"،؛\u0600-\u06ff]+|[\w.+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z0-9])
    | (?P<number>[{_DIGITS}]+(?:[.,\u066b\u066c][{_DIGITS}]+)*)
    | (?P<arabic>[{_ARABIC}](?:[{_ARABIC}{_MARKS}{_INVISIBLE}])*)
    | [^\W\d_{_ARABIC}][^\W_{_ARABIC}{_DIGITS}]*(?:[{_DIGITS}]+[^\W_{_ARABIC}{_DIGITS}]*)*
    | (?P<sign>[.\-–—―*=_!?؟،,…~•·|])(?P=sign)*
    | .
    )[{_INVISIBLE}{_MARKS}]*|[{_INVISIBLE}]+""",
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"\s+|\S+")
_CACHE_LIMIT = 200_000

Pieces = tuple[tuple[str, ...], tuple[tuple[int, int], ...]]
"""Token texts, and for each the string-store keys of norm and lemma."""


def norm(text: str) -> str:
    """Folded form of a token; the text itself where folding leaves nothing."""
    return fold(text) or text


def _is_punct(text: str) -> bool:
    return all(unicodedata.category(char)[0] == "P" for char in norm(text))


class ArabicTokenizer:
    """Callable from a text to a Doc with ``doc.text == text``; sets ``norm_`` and ``lemma_`` of every token.

    >>> import spacy; nlp = spacy.blank("ar"); nlp.tokenizer = ArabicTokenizer(nlp.vocab)
    >>> [t.text for t in nlp("وسيزور الوزير مقرّ «الناتو» ببروكسل.")]
    ['و', 'س', 'يزور', 'الوزير', 'مقرّ', '«', 'الناتو', '»', 'ب', 'بروكسل', '.']
    >>> [(t.text, t.norm_, t.lemma_) for t in nlp("للوزارات")]
    [('ل', 'ل', 'ل'), ('لوزارات', 'الوزارات', 'وزاره')]
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.clitics = Clitics.load()
        self.lemmatizer = Lemmatizer.load()
        self._cache: dict[str, Pieces] = {}
        vocab.lex_attr_getters.update({NORM: norm, IS_PUNCT: _is_punct})  # type: ignore[attr-defined]

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        attributes: list[tuple[int, int]] = []
        cache = self._cache
        for block in _BLOCK.findall(text):
            if block == " " and words:
                spaces[-1] = True
                continue
            if block[0] == " " and words and block.isspace():
                spaces[-1] = True
                block = block[1:]
            pieces = cache.get(block)
            if pieces is None:
                if len(cache) >= _CACHE_LIMIT:
                    cache.clear()
                pieces = cache[block] = self._pieces(block)
            words.extend(pieces[0])
            attributes.extend(pieces[1])
            spaces.extend([False] * len(pieces[0]))
        doc = Doc(self.vocab, words=words, spaces=spaces)
        if words:
            doc.from_array([NORM, LEMMA], np.array(attributes, dtype="uint64"))  # type: ignore[arg-type]
        return doc

    @contextmanager
    def memory_zone(self, mem: Any = None) -> Iterator[Any]:
        """What `Language.memory_zone` asks of a tokenizer: at the end of the block, forget what the vocabulary forgets.

        The pieces kept here hold keys of the string store, which it drops then.
        """
        try:
            yield mem
        finally:
            self._cache.clear()

    def norms(self, text: str) -> list[str]:
        """The norms of the tokens that ``text`` would have, without the Doc: for lexicons of thousands of names.

        >>> import spacy; ArabicTokenizer(spacy.blank("ar").vocab).norms("وزارة الدفاع بالكويت")
        ['وزاره', 'الدفاع', 'ب', 'الكويت']
        """
        found: list[str] = []
        for block in text.split():
            if block not in self._cache:
                self._cache[block] = self._pieces(block)
            found += (self.vocab.strings[key] for key, _ in self._cache[block][1])
        return found

    def _pieces(self, block: str) -> Pieces:
        add = self.vocab.strings.add
        texts: list[str] = []
        attributes: list[tuple[int, int]] = []
        if block.isspace():
            return (block,), ((add(norm(block)), add(norm(block))),)
        for match in PIECE.finditer(block):
            pieces = self._words(match.group()) if match["arabic"] else [(match.group(), norm(match.group()))]
            for text, folded in pieces:
                texts.append(text)
                attributes.append((add(folded), add(self.lemmatizer.lemma(text, folded))))
        return tuple(texts), tuple(attributes)

    def _words(self, text: str) -> list[tuple[str, str]]:
        """The pieces of one Arabic word form with their norms."""
        folded = FoldedText(text)
        form = "".join(
            char if (char := unicodedata.normalize("NFKC", text[at])) in ("أ", "إ", "آ") else letter
            for letter, at in zip(folded.text, folded.offsets, strict=True)
        )
        cut = self.clitics.cut(form)
        starts = [folded.offsets[start] for start in cut.starts]
        if not starts or any(folded.offsets[start - 1] == at for start, at in zip(cut.starts, starts, strict=True)):
            return [(text, norm(text))]  # nothing to cut, or a ligature stands across the cut
        pieces = [text[a:b] for a, b in zip([0, *starts], [*starts, len(text)], strict=True)]
        norms = [norm(piece) for piece in pieces]
        if cut.definite:
            norms[-1] = "الله" if norms[-1] == "له" else "ال" + norms[-1][1:]
        return list(zip(pieces, norms, strict=True))

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Vocab]]:
        return ArabicTokenizer, (self.vocab,)

    def to_bytes(self, **_: object) -> bytes:
        """Nothing: all data are the package's. With the three below, what spaCy asks of a tokenizer."""
        return b""

    def from_bytes(self, _data: bytes, **_: object) -> ArabicTokenizer:
        """This tokenizer, unchanged."""
        return self

    def to_disk(self, _path: str | Path, **_: object) -> None:
        """Write nothing."""

    def from_disk(self, _path: str | Path, **_: object) -> ArabicTokenizer:
        """This tokenizer, unchanged."""
        return self


@registry.tokenizers("kwus.ArabicTokenizer.v1")  # type: ignore[untyped-decorator]
def create_tokenizer() -> Callable[[Language], ArabicTokenizer]:
    """What a spaCy config names as ``[nlp.tokenizer] @tokenizers = "kwus.ArabicTokenizer.v1"``."""
    return lambda nlp: ArabicTokenizer(nlp.vocab)

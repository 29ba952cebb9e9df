"""Sentence starts: at final stops and line ends, but not inside a sentence that a page breaks over two lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from spacy.attrs import SENT_START  # type: ignore[import-not-found]
from spacy.tokens import Doc, Token

from kwus_extract.text.page import Page

if TYPE_CHECKING:
    from kwus_extract.text.zones import ZoneSpan

_CLOSING = {"»", "”", '"', ")", "]", "″", "’", "'", "›"}
_QUOTES = {"«": "»", "“": "”", '"': '"', "″": "″"}
_SHORT_QUOTE = 14  # tokens of a quotation that is part of the sentence around it, whatever stops it holds
_LINE_TOKENS = 8  # a line with fewer is rather a heading than half a sentence
_LONGEST = (
    600  # tokens; what goes on without a stop is no sentence, and some things that look at one take time by its square
)
_DOMAINS = {"نت", "كوم", "اورغ", "com", "net", "org"}
_WHOLE = ("title", "heading", "dateline")


def set_sentences(doc: Doc, zones: Sequence[ZoneSpan]) -> None:
    """Set ``is_sent_start`` on every token of ``doc``; the zones say where a line is a title, a heading or no text.

    >>> import spacy
    >>> from kwus_extract.text.tokenizer import ArabicTokenizer
    >>> nlp = spacy.blank("ar"); nlp.tokenizer = ArabicTokenizer(nlp.vocab); _ = nlp.add_pipe("kwus_zones")
    >>> [s.text for s in nlp("وصل الوفد إلى د. سالم. وأضاف أنه\\n«سيعود!» قريبا").sents]
    ['وصل الوفد إلى د. سالم.', 'وأضاف أنه\\n«سيعود!» قريبا']
    """
    if not len(doc):
        return
    page = Page.load()
    kinds = _kinds(doc, zones)
    starts = bytearray(len(doc))
    starts[0] = 1
    quote_end, last = -1, 0
    for token in doc:
        i = token.i
        if starts[i]:
            last = i
        if token.text in _QUOTES and i > quote_end:
            quote_end = _short_quote_end(doc, i)
        after = i + 1
        if "\n" in token.norm_ or "\n" in token.text:
            if after < len(doc) and not _goes_on(doc, i, i - last, kinds, page):
                starts[after] = 1
        elif _ends_sentence(doc, token, kinds[i]) and i > quote_end:
            while after < len(doc) and doc[after].text in _CLOSING and not doc[after - 1].whitespace_:
                after += 1
            while after < len(doc) and doc[after].is_space:
                after += 1
            if after < len(doc):
                starts[after] = 1
        if after < len(doc) and (
            kinds[i] == "dateline" != kinds[after] or (i - last >= _LONGEST and token.whitespace_)
        ):
            starts[after] = 1
    marks = np.where(np.frombuffer(starts, dtype="uint8"), 1, -1).astype("uint64")  # one call: setting by token is slow
    doc.from_array([SENT_START], marks.reshape(-1, 1))  # type: ignore[arg-type]


def _kinds(doc: Doc, zones: Sequence[ZoneSpan]) -> list[str]:
    """The kind of zone that each token stands in, empty outside."""
    kinds: list[str] = []
    at = 0
    for token in doc:
        while at < len(zones) and zones[at].end <= token.idx:
            at += 1
        kinds.append(zones[at].kind if at < len(zones) and zones[at].start <= token.idx else "")
    return kinds


def _ends_sentence(doc: Doc, token: Token, kind: str) -> bool:
    mark = token.norm_
    if mark[-1:] not in ".!?؟…":
        return False
    after = doc[token.i + 1] if token.i + 1 < len(doc) else None
    before = doc[token.i - 1] if token.i else None
    if mark in ("..", "...", "…") or len(mark) > 1:
        return kind not in _WHOLE
    if mark != ".":
        return True
    if before is None or after is None:
        return True
    if _initial(doc, token.i):
        return False
    if not token.whitespace_ and not after.is_space and after.text not in _CLOSING:
        return after.norm_ not in _DOMAINS and not after.is_punct and not after.norm_.isascii()
    return True


def _initial(doc: Doc, at: int) -> bool:
    """Whether the point at ``at`` follows a single letter that is not the end of a date (1436 هـ. or 2015م.)."""
    before = doc[at - 1]
    return len(before.norm_) == 1 and before.is_alpha and not (at > 1 and doc[at - 2].like_num)


def _short_quote_end(doc: Doc, start: int) -> int:
    close = _QUOTES[doc[start].text]
    for token in doc[start + 1 : start + 1 + _SHORT_QUOTE]:
        if token.text == close:
            return token.i - 1
        if "\n" in token.text:
            break
    return -1


def _goes_on(doc: Doc, newline: int, length: int, kinds: Sequence[str], page: Page) -> bool:
    """Whether the sentence of ``length`` tokens before a line break goes on after it."""
    before, after = newline - 1, newline + 1
    while before >= 0 and doc[before].is_space:
        before -= 1
    if before < 0 or after >= len(doc) or kinds[before] != "body" or kinds[after] not in ("body", "placeholder"):
        return False
    last, first = doc[before], doc[after]
    if last.norm_ in page.continuing:
        return True
    if last.is_punct or first.norm_ not in ("ب", "ل") or after + 1 >= len(doc):
        return False
    return length >= _LINE_TOKENS and doc[after + 1].norm_ not in page.openings

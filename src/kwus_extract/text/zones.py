"""Zones: which stretch of a page is title, heading, body, dateline; which is not the article's, or not yet written.

The page is read line by line. Missing a piece of boilerplate costs little; taking a paragraph for boilerplate loses
events, so a line leaves the article only where a rule of ``zones.yaml`` says so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from spacy.language import Language
from spacy.tokens import Doc

from kwus_extract.records import ZoneKind
from kwus_extract.text.page import FINAL, Page, words_of

_LINE = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0640\u064b-\u065f\u0670])*")
_CLOSERS = "\"»”’')]}\u200e\u200f"
_TITLE_WORDS, _HEADING_WORDS, _LINK_WORDS = 25, 14, 20  # the most a line may have, from reading 300 pages
_PARAGRAPH_WORDS, _SENTENCE_WORDS = 20, 8  # a line is a paragraph from here on; with a final stop from there on
_CRUMB_WORDS = 2  # a line between two lines of boilerplate goes with them up to here
_LINKS = 12  # lines that a block of links may have
USABLE = frozenset(("title", "heading", "body", "dateline"))
"""Kinds of zone that facts may be taken from."""


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    """A zone as a half-open range of code points."""

    kind: ZoneKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader should know, and where; ``code`` is ``placeholder-date`` or ``placeholder`` here."""

    code: str
    message: str
    start: int
    end: int


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    text: str
    words: int
    blank_after: bool = False
    kind: ZoneKind = "body"
    dateline: int = 0  # length of the dateline that the line begins with

    @property
    def final(self) -> bool:
        """Whether the line ends like a sentence."""
        return self.text.rstrip(_CLOSERS).endswith(tuple(FINAL))

    @property
    def paragraph(self) -> bool:
        return self.words >= _PARAGRAPH_WORDS or (self.words >= _SENTENCE_WORDS and self.final)


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    for match in _LINE.finditer(text):
        stripped = match.group().strip()
        if not stripped:
            continue
        start = match.start() + match.group().index(stripped)
        if lines:
            between = text[lines[-1].end : start]
            lines[-1].blank_after = between.replace("\r\n", "\n").count("\n") + between.count("\u2029") > 1
        lines.append(_Line(start, start + len(stripped), stripped, len(_WORD.findall(stripped))))
    return lines


def find_zones(doc_or_text: Doc | str, title: str | None = None) -> list[ZoneSpan]:
    """The zones of an article: sorted, not overlapping, without white space at their ends.

    ``title`` is the title where it is known from elsewhere; it is looked for in the first lines.

    >>> page = "الكويت تستضيف تمرينا بحريا\\n\\n(كونا) -- بدأ في [التاريخ] تمرين بحري تشارك فيه ثلاث دول.\\nاترك تعليقاً"
    >>> [(z.kind, page[z.start : z.end]) for z in find_zones(page)]  # doctest: +NORMALIZE_WHITESPACE
    [('title', 'الكويت تستضيف تمرينا بحريا'), ('dateline', '(كونا) --'), ('body', 'بدأ في'),
     ('placeholder', '[التاريخ]'), ('body', 'تمرين بحري تشارك فيه ثلاث دول.'), ('boilerplate', 'اترك تعليقاً')]
    """
    text = doc_or_text if isinstance(doc_or_text, str) else doc_or_text.text
    page = Page.load()
    lines = _lines(text)
    _mark_boilerplate(lines, page)
    _mark_title(lines, page, title)
    _mark_datelines(lines, page)
    _mark_headings(lines, page)
    zones: list[ZoneSpan] = []
    for line in lines:
        for zone in _inner(line, page):
            before = zones[-1] if zones else None
            if (
                before
                and before.kind == zone.kind in ("body", "boilerplate")
                and not text[before.end : zone.start].strip()
            ):
                zones[-1] = ZoneSpan(zone.kind, before.start, zone.end)
            else:
                zones.append(zone)
    return zones


def _mark_boilerplate(lines: list[_Line], page: Page) -> None:
    paragraphs = [line.words if line.paragraph else 0 for line in lines]
    at = 0
    while at < len(lines):
        line = lines[at]
        follows = page.boilerplate(line.text)
        at += 1
        if follows is None:
            continue
        line.kind = "boilerplate"
        if follows == "footer" and sum(paragraphs[:at]) >= 2 * sum(paragraphs[at:]):
            for rest in lines[at:]:
                rest.kind = "boilerplate"
            break
        if follows == "links" and ":" not in line.text.rstrip(" :"):
            stop = at + _LINKS
            while at < min(len(lines), stop) and _like_link(lines[at]):
                lines[at].kind = "boilerplate"
                at += 1
    for before, line, after in zip(lines, lines[1:], lines[2:], strict=False):
        if before.kind == after.kind == "boilerplate" and line.words <= _CRUMB_WORDS:
            line.kind = "boilerplate"  # an icon's name in a row of them, a stray initial


def _like_link(line: _Line) -> bool:
    return line.words <= _LINK_WORDS and not line.text.endswith(".") and not (line.final and line.paragraph)


def _mark_title(lines: list[_Line], page: Page, title: str | None) -> None:
    content = [line for line in lines if line.kind == "body"]
    if title and (wanted := words_of(title)):
        for line in content[:5]:
            if words_of(line.text) == wanted:
                line.kind = "title"
                return
    candidates: list[_Line] = []
    for line, after in pairwise(content[:5]):
        if page.dateline(line.text) == len(line.text) and (candidates or not line.blank_after):
            continue
        stopped = line.text.rstrip(_CLOSERS).endswith((".", "،", "؛", ":")) and not line.text.endswith("..")
        set_off = line.blank_after or (after.paragraph and after.words > line.words)
        if line.words > _TITLE_WORDS or stopped or not set_off:
            break
        candidates.append(line)
    if candidates:
        chosen = next((line for line in candidates if line.words >= 3 or line.final), candidates[-1])
        for line in candidates:
            line.kind = "title" if line is chosen else "heading"


def _mark_datelines(lines: list[_Line], page: Page) -> None:
    """A dateline begins the first paragraph or stands on a line before it; names of agencies also close an article."""
    opening = True
    for line in lines:
        if line.kind != "body":
            continue
        if opening:
            line.dateline = page.dateline(line.text)
            if not line.dateline and page.is_credit(line.text):
                line.dateline = len(line.text)
            opening = line.dateline == len(line.text) or not line.paragraph
        elif page.is_credit(line.text):
            line.kind = "boilerplate"
        if line.dateline == len(line.text):
            line.kind = "dateline"


def _mark_headings(lines: list[_Line], page: Page) -> None:
    """A short line without a stop, before a paragraph, that neither goes on in the next line nor goes on the last."""
    previous: _Line | None = None
    for at, line in enumerate(lines):
        after = lines[at + 1] if at + 1 < len(lines) else None
        short = line.kind == "body" and line.words <= _HEADING_WORDS and not line.dateline
        stopped = line.text.rstrip(_CLOSERS).endswith((".", "،", "؛", ":", "!", "…"))
        apart = previous is None or previous.final or previous.kind != "body" or previous.blank_after
        if short and after and after.kind == "body" and after.paragraph and not stopped and apart:
            goes_on = words_of(line.text)[-1:] and words_of(line.text)[-1] in page.continuing
            if not goes_on and line.text[0] not in "-–•*":
                line.kind = "heading"
        previous = line


def _inner(line: _Line, page: Page) -> Iterator[ZoneSpan]:
    """The zones of one line: itself, cut at its dateline, placeholders and connectives."""
    if line.kind in ("boilerplate", "dateline"):
        yield ZoneSpan(line.kind, line.start, line.end)
        return
    inside: list[tuple[int, int, ZoneKind]] = [(0, line.dateline, "dateline")] if line.dateline else []
    inside += [(found.start, found.end, "placeholder") for found in page.placeholders(line.text)]
    inside += [(*span, "foreign") for span in page.connectives(line.text)]
    at = 0
    for start, end, kind in [*sorted(inside), (len(line.text), len(line.text), line.kind)]:
        if start < at:
            continue
        between = line.text[at:start]
        if between.strip():
            first = at + len(between) - len(between.lstrip())
            yield ZoneSpan(line.kind, line.start + first, line.start + at + len(between.rstrip()))
        if start < end:
            yield ZoneSpan(kind, line.start + start, line.start + end)
        at = end


def find_notices(text: str, zones: list[ZoneSpan]) -> list[Notice]:
    """A notice for each placeholder of ``zones``."""
    page = Page.load()
    notices = []
    for zone in zones:
        if zone.kind == "placeholder":
            held = text[zone.start : zone.end]
            date = any(found.date for found in page.placeholders(held))
            code = "placeholder-date" if date else "placeholder"
            what = "a date" if date else "something"
            notices.append(Notice(code, f"{what} was never filled in: {held}", zone.start, zone.end))
    return notices


def usable_tokens(doc: Doc) -> bytearray:
    """One byte per token: 1 where facts may be taken from it, 0 in boilerplate, placeholders and foreign words.

    ``doc._.zones`` must be set; a token outside all zones (white space) has 0.
    """
    zones: list[ZoneSpan] = doc._.zones or []
    starts = [zone.start for zone in zones]
    mask = bytearray(len(doc))
    for token in doc:
        at = bisect_right(starts, token.idx) - 1
        if at >= 0 and token.idx < zones[at].end and zones[at].kind in USABLE:
            mask[token.i] = 1
    return mask


class ZoneStage:
    """Sets ``doc._.zones``, sentence starts and ``doc._.warnings``; reads ``doc._.title_text`` where it is set."""

    def __call__(self, doc: Doc) -> Doc:
        from kwus_extract.text.sentences import set_sentences

        text = doc.text
        zones = find_zones(text, title=doc._.title_text)
        doc._.zones = zones
        doc._.warnings = [*(doc._.warnings or ()), *find_notices(text, zones)]
        set_sentences(doc, zones)
        return doc


@Language.factory("kwus_zones")
def make_zones(nlp: Language, name: str) -> ZoneStage:
    """Factory of the first stage."""
    for extension in ("zones", "warnings", "title_text"):
        if not Doc.has_extension(extension):
            Doc.set_extension(extension, default=None)
    return ZoneStage()

"""What the backends of other libraries share: one reading of the text, our labels, the way back, a fingerprint."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kwus_extract.entities.backends import NerSpan
from kwus_extract.entities.backends.windows import Normalised
from kwus_extract.text.clitics import Clitics
from kwus_extract.text.fold import FoldedText

LABELS = {
    **dict.fromkeys(("PER", "PERS", "PERSON"), "PER"),
    **dict.fromkeys(("ORG", "ORGANIZATION"), "ORG"),
    **dict.fromkeys(("LOC", "GPE", "LOCATION"), "LOC"),
    **dict.fromkeys(("FAC", "FACILITY"), "FAC"),
    **dict.fromkeys(("MISC", "NORP", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW", "LANGUAGE"), "MISC"),
}
"""Labels of CoNLL, ANERcorp and OntoNotes models in ours; dates, numbers and the rest are no names and are dropped."""

_SENTENCE_END = re.compile(r"[.!?؟؛…]+[\"'»”)\]]*(?=\s)|\n")


class Found(NamedTuple):
    """A name as a library gives it: offsets in the normalised text, the library's own label."""

    start: int
    end: int
    label: str
    score: float = 1.0


def settle(text: Normalised, found: Iterable[Found]) -> list[NerSpan]:
    """Names in raw offsets, sorted, without overlaps, without proclitics and without labels that are not ours.

    >>> settle(Normalised("سافر الوفد لواشِنطن"), [Found(11, 18, "GPE")])
    [NerSpan(start=12, end=19, label='LOC', score=1.0)]
    """
    spans: list[NerSpan] = []
    for start, end, label, score in sorted(found):
        name = text.text[start:end]
        start += len(name) - len(name.lstrip())
        end -= len(name) - len(name.rstrip())
        if label not in LABELS or start >= end:
            continue
        start += _proclitics(text.text[start:end].split()[0])
        a, b = text.raw_span(start, end)
        # A ligature is one raw character and several normalised ones, so neighbours may come to share it.
        if not spans or a >= spans[-1].end:
            spans.append(NerSpan(a, b, LABELS[label], round(min(max(score, 0.0), 1.0), 4)))
    return spans


def _proclitics(word: str) -> int:
    """How many characters of a name's first word are proclitics, by the lexicon that cuts the pipeline's tokens."""
    folded = FoldedText(word)
    form = "".join(
        char if (char := word[at]) in "أإآ" else letter for letter, at in zip(folded.text, folded.offsets, strict=True)
    )
    starts = Clitics.load().cut(form).starts
    return folded.offsets[starts[-1]] if starts else 0


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Half-open ranges of the sentences of a normalised text: up to a final stop or the end of the line."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield start, match.end()
        start = match.end()
    yield start, len(text)


def blocks(text: str, size: int) -> Iterator[tuple[int, int]]:
    """Lines that hold anything; one longer than `size` is cut after a sentence, else at a blank, else anywhere."""
    for line in re.finditer(r"[^\n]*\S[^\n]*", text):
        start, stop = line.span()
        while stop - start > size:
            ends = [match.end() for match in _SENTENCE_END.finditer(text, start, start + size)]
            cut = ends[-1] if ends else text.rfind(" ", start + 1, start + size)
            cut = cut if cut > start else start + size
            if text[start:cut].strip():
                yield start, cut
            start = cut
        if text[start:stop].strip():
            yield start, stop


def fingerprint(files: Iterable[Path]) -> str:
    """The first 12 digits of a SHA-256 over the files' names and contents, the same wherever the folder lies."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: (file.name, str(file))):
        total.update(file.name.encode())
        with file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()[:12]

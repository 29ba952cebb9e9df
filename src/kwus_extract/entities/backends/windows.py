"""From a raw text to the model's input: normalised characters and their raw offsets, words, windows of sentences.

Training and inference share this module, so that the network meets the same input in both.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_WORD = re.compile(r"\w+|[^\w\s]")
_SENTENCE_END = re.compile(r"(?:[.!?؟؛…]+[\"'»”)\]]*(?=\s)|\n)\s*")
_LOOK_ALIKES = {
    **dict(zip("ےیکھہۀەۃ", "ييكهههةة", strict=True)),
    **{chr(zero + i): str(i) for zero in (0x660, 0x6F0) for i in range(10)},
}


def _plain(char: str) -> str:
    """One character as the model reads it: '' for marks, tatweel and invisibles, several for a ligature."""
    if char in _LOOK_ALIKES:
        return _LOOK_ALIKES[char]
    kind = unicodedata.category(char)
    if char == "ـ" or kind in ("Mn", "Me", "Cf"):
        return ""
    if char.isspace():
        return "\n" if char in "\n\r\u2028\u2029" else " "
    if kind == "Cc" or kind == "Cs":
        return " "
    composed = unicodedata.normalize("NFKC", char)
    return composed if composed == char else "".join(map(_plain, composed))


class _Table(dict[int, str]):
    """`_plain` for `str.translate`, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        plain = self[code] = _plain(chr(code))
        return plain


_TABLE = _Table()
_CRLF = _Table({13: ""})  # for texts with \r\n: one line end, as in their twins with \n


class Normalised:
    """A text as the model reads it, and the way back: `offsets[i]` is the raw index of normalised character `i`.

    >>> n = Normalised("في الكُويـت"); n.text, n.raw_span(3, 9)
    ('في الكويت', (3, 11))
    """

    __slots__ = ("offsets", "raw", "text")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        table = _CRLF if "\r\n" in raw else _TABLE
        self.text = raw.translate(table)
        self.offsets: Sequence[int] = range(len(raw))
        # Equal lengths may hide a mark dropped beside a ligature widened, so each character's width is looked at.
        if len(self.text) != len(raw) or any(len(table[ord(c)]) != 1 for c in set(raw)):
            self.offsets = [i for i, c in enumerate(raw) for _ in table[ord(c)]]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Raw half-open span of `start:end`, with the diacritics and tatweel that follow its last letter."""
        stop = self.offsets[end - 1] + 1
        while stop < len(self.raw) and (self.raw[stop] == "ـ" or unicodedata.category(self.raw[stop]) in ("Mn", "Me")):
            stop += 1
        return self.offsets[start], stop

    def index(self, raw: int) -> int:
        """The first normalised index at or after a raw offset."""
        return raw if isinstance(self.offsets, range) else bisect_right(self.offsets, raw - 1)


class Window(NamedTuple):
    """Whole sentences that the model reads at once.

    `ids`: piece ids with `<s>` and `</s>`, (pieces,). `first`: place in `ids` of each word's first piece, (words,).
    `words`: half-open range of the words of `Cut.words` that the window answers for.
    """

    ids: NDArray[np.int64]
    first: NDArray[np.int64]
    words: tuple[int, int]


class Cut(NamedTuple):
    """A text cut up: its normalised form, its words as (start, end) in that form, its windows."""

    normalised: Normalised
    words: list[tuple[int, int]]
    windows: list[Window]


def cut(raw: str, tokenizer: Tokenizer, *, pieces: int, first_pieces: int | None = None) -> Cut:
    """Cut a text into words and windows of at most `pieces` pieces, equally filled.

    `first_pieces` limits the first window: training shifts the windows with it from epoch to epoch.
    A sentence that is longer than a window is broken between words. The tokenizer's `<s>` is piece 0, `</s>` piece 2.
    """
    normalised = Normalised(raw)
    text = normalised.text
    words = [m.span() for m in _WORD.finditer(text)]
    if not words:
        return Cut(normalised, [], [])
    encoding = tokenizer.encode(text.replace("\n", " "), add_special_tokens=False)
    ids = np.array(encoding.ids, dtype=np.int64)
    ends = np.array([end for _, end in encoding.offsets], dtype=np.int64)
    starts = np.array([start for start, _ in words], dtype=np.int64)
    first = np.minimum(np.searchsorted(ends, starts, side="right"), len(ids) - 1)

    room = pieces - 2
    breaks = {m.end() for m in _SENTENCE_END.finditer(text)}
    opens = [i for i, start in enumerate(starts.tolist()) if i == 0 or start in breaks]
    size = -(-len(ids) // -(-len(ids) // room))  # windows of one length rather than full ones and a short last
    limit = min(first_pieces or size, room)
    bounds = [0]
    for begin, after in zip(opens, [*opens[1:], len(words)], strict=True):
        stop = int(first[after]) if after < len(words) else len(ids)
        open_at = int(first[bounds[-1]])
        # A sentence may run over the even size as long as it fits the window.
        if begin > bounds[-1] and (stop - open_at > room or int(first[begin]) - open_at >= limit):
            bounds.append(begin)
            limit = size
            open_at = int(first[begin])
        while stop - open_at > room:
            split = int(np.searchsorted(first, open_at + room, side="right")) - 1
            split = max(split, bounds[-1] + 1)
            if split >= after:
                break
            bounds.append(split)
            limit = size
            open_at = int(first[split])
    windows = []
    for a, b in zip(bounds, [*bounds[1:], len(words)], strict=True):
        begin = 0 if a == 0 else int(first[a])
        stop = min(int(first[b]) if b < len(words) else len(ids), begin + room)
        inner = np.concatenate([[0], ids[begin:stop], [2]])
        windows.append(Window(inner, np.minimum(first[a:b] - begin + 1, len(inner) - 1), (a, b)))
    return Cut(normalised, words, windows)

"""Odd articles, the same ones for the same seed: what no editor writes and every archive holds.

Each is a file name with the bytes of the file. Sizes are small, but every 25th is long and every 1,000th is huge, if
that is asked for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from conftest import LINES

SEEDS = Path(__file__).parents[1] / "seeds"
HUGE = 4_900_000
"""Bytes of the largest articles: a little less than what is read by default."""

_DATE_WORDS = (
    "يوم أمس غدا الأحد الخميس المقبل الماضي الجاري في من إلى حتى بين و 12 24 31 2018 2020 1441 هـ م مارس نوفمبر تشرين "
    "الثاني رمضان شوال عام العام الشهر الأسبوع قبل بعد الموافق / - ( ) ، 24/11/2020 3-4 نهاية مطلع منتصف الربع الأول"
).split()
_EVENT_WORDS = (
    "زار وصل التقى عقد وقّع استقبل مناورات تمرين اتفاقية مذكرة تفاهم جولة مباحثات قمة وزير الدفاع الخارجية رئيس الشيخ الفريق "
    "اللواء الركن خالد سالم الجيش القوات المسلحة الكويت قطر مسقط واشنطن لن لم نفى ألغى سوف قال إن أن الذي التي مع في إلى و ، ."
).split()
_BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200b\u200c\u200d\ufeff\u00ad"
_MARKS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0640\u0300\u0301\u036f\u06d6\u20dd"
_SIGNS = "()[]{}«»“”\"'<>/\\|-–—.،؛؟!:*#_=+@&%$0123456789"


def odd_articles(count: int, seed: int, *, huge: bool = False) -> Iterator[tuple[str, bytes]]:
    """``count`` files: ``NUMBER-KIND.txt`` (or ``.html``, ``.jsonl``) and their bytes."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))] or list(LINES)
    kinds = list(_KINDS.items())
    for number in range(count):
        chance = random.Random(f"{seed}-{number}")
        name, (make, ending) = kinds[number % len(kinds)]
        size = int(10 ** chance.uniform(0, 3.7))
        if chance.random() < 0.04:
            size = 60_000
        if huge and chance.random() < 0.001:
            size = HUGE
        data = make(chance, size, texts)
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogatepass")
        yield f"{number:06}-{name}{ending}", data[:HUGE]


def _arabic(chance: random.Random, size: int, texts: list[str]) -> str:
    """About ``size`` bytes of articles, one after the other."""
    found = ""
    while len(found) * 2 < size:
        found += chance.choice(texts)
    return found[: max(1, size // 2)]


def _bytes(chance: random.Random, size: int, texts: list[str]) -> bytes:
    return chance.randbytes(size)


def _damaged(chance: random.Random, size: int, texts: list[str]) -> bytes:
    data = bytearray(_arabic(chance, size, texts).encode())
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[chance.randint(0, 1) :])


def _unicode(chance: random.Random, size: int, texts: list[str]) -> str:
    planes = ((0x20, 0x7F), (0x600, 0x700), (0x600, 0x700), (0xFB50, 0xFF00), (0, 0xD7FF), (0xE000, 0x110000))
    plane = [chance.choice(planes) for _ in range(4)]
    return "".join(chr(chance.randrange(*chance.choice(plane))) for _ in range(size // 2 + 1))


def _surrogates(chance: random.Random, size: int, texts: list[str]) -> bytes:
    pieces = [_arabic(chance, 40, texts), chr(chance.randrange(0xD800, 0xE000)), "نص عربي"]
    return json.dumps({"id": 1, "text": "".join(chance.choices(pieces, k=size // 20 + 1))}).encode() + b"\n"


def _cut(chance: random.Random, size: int, texts: list[str]) -> str:
    text = _arabic(chance, size + 200, texts)
    pieces = []
    for _ in range(chance.randint(1, 30)):
        start = chance.randrange(len(text))
        pieces.append(text[start : start + chance.randint(1, 80)])
    return chance.choice(["", " ", "\n"]).join(pieces)


def _repeat(chance: random.Random, size: int, texts: list[str]) -> str:
    text = _arabic(chance, 4000, texts)
    start = chance.randrange(len(text))
    piece = text[start : start + chance.randint(1, 40)]
    if chance.random() < 0.3:
        piece = chance.choice([*_SIGNS, "ا", "و", "ال", "ـ", "12 يناير ", "/ ", "\n"])
    return "خبر من الكويت " + piece * (size // len(piece.encode()) + 1)


def _brackets(chance: random.Random, size: int, texts: list[str]) -> str:
    opening, closing = chance.choice(["()", "[]", "«»", "{}", "“”", "<>"])
    depth = size // 4 + 1
    inside = chance.choice(LINES)
    if chance.random() < 0.5:
        return opening * depth + inside + closing * chance.choice([depth, depth // 2, 0])
    return "".join(chance.choice([opening, closing, " ", *inside.split()]) for _ in range(depth))


def _line(chance: random.Random, size: int, texts: list[str]) -> str:
    separator = chance.choice([" ", "", "،", "\u00a0", "_"])
    return separator.join(_arabic(chance, 4 * size, texts).split())


def _overrides(chance: random.Random, size: int, texts: list[str]) -> str:
    signs = chance.choice([_BIDI, _MARKS, _BIDI + _MARKS])
    weight = chance.choice([0.05, 0.5, 3])
    return "".join(
        char + "".join(chance.choices(signs, k=int(chance.random() * 2 * weight)))
        for char in _arabic(chance, size, texts)
    )


def _words(chance: random.Random, size: int, texts: list[str]) -> str:
    words = chance.choice([_DATE_WORDS, _EVENT_WORDS, _DATE_WORDS + _EVENT_WORDS])
    return " ".join(chance.choices(words, k=size // 8 + 1))


def _signs(chance: random.Random, size: int, texts: list[str]) -> str:
    signs = chance.choices(_SIGNS, k=chance.randint(1, 5))
    return "بيان " + "".join(chance.choices([*signs, chance.choice(["", " ", "عام", "ب"])], k=size))


def _page(chance: random.Random, size: int, texts: list[str]) -> str:
    text = _arabic(chance, 1500, texts)
    tag = chance.choice(["div", "p", "span", "table", "ul><li", "b", "article", "a href=x", "font", "svg", "template"])
    close = tag.split("><")[0].split()[0]
    depth = size // 4 + 1
    body = chance.choice(
        [
            lambda: f"<{tag}>" * depth + text + f"</{close}>" * chance.choice([depth, 0]),
            lambda: f'<p class="{"x" * size}" title="{text}">{text}</p>',
            lambda: f"<p {' '.join(f'a{n}={n}' for n in range(depth))}>{text}</p>",
            lambda: "&amp;" * depth + "&#x202e;" * depth + text,
            lambda: "<!--" * depth + text,
            lambda: f"<script>{text * 3}</script><style>{'{' * depth}</style><p>{text}</p>",
            lambda: "<p>" + f"<br>{text[:60]}" * (depth // 10 + 1),
            lambda: "".join(
                chance.choice(["<", ">", "</", "/>", "<p>", "<a ", "=", '"', text[:9]]) for _ in range(depth)
            ),
            lambda: f"<table>{'<tr><td>' * depth}{text}",
            lambda: f"<![CDATA[{text}]]><?xml {text}?><p>{text}",
        ]
    )()
    title = chance.choice(["", text[:50], "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
    return f"<html><head><title>{title}</title></head><body>{body}"


def _rows(chance: random.Random, size: int, texts: list[str]) -> bytes:
    values: list[object] = [None, True, 7, 1e308, [], {}, "", "2020-13-45", "خبر\0", "../..", "=1+1", {"text": "نص"}]
    lines = []
    for _ in range(chance.randint(1, 4)):
        row = {
            key: chance.choice(values) for key in chance.sample(["id", "title", "published", "url", "source", "x"], 3)
        }
        row["text"] = chance.choice([_arabic(chance, size, texts), chance.choice(values)])
        line = json.dumps(row, ensure_ascii=chance.random() < 0.5).encode()
        if chance.random() < 0.2:
            line = chance.choice(
                [b"[" * size, b'{"text":' * (size // 8), line[: len(line) // 2], b"\xff" + line, b"1" * size]
            )
        lines.append(line)
    return b"\n".join(lines)


_Maker = Callable[[random.Random, int, list[str]], str | bytes]
_KINDS: dict[str, tuple[_Maker, str]] = {
    "bytes": (_bytes, ".txt"),
    "damaged": (_damaged, ".txt"),
    "unicode": (_unicode, ".txt"),
    "surrogates": (_surrogates, ".jsonl"),
    "cut": (_cut, ".txt"),
    "repeat": (_repeat, ".txt"),
    "brackets": (_brackets, ".txt"),
    "line": (_line, ".txt"),
    "overrides": (_overrides, ".txt"),
    "words": (_words, ".txt"),
    "signs": (_signs, ".txt"),
    "page": (_page, ".html"),
    "rows": (_rows, ".jsonl"),
}

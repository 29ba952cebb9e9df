"""A record as HTML: the article from right to left, with what was found marked in it.

Marks must not touch the letters: Arabic joins them, and any padding or margin inside a word would tear it. So a mark
is a background and an inset shadow, nothing that takes room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise
from typing import NamedTuple

from kwus_extract.records import ArticleRecord, Event, Filler

_COLOURS = {
    "visit": "#f9d5a7",
    "dialogue": "#bfe3c0",
    "exercise": "#f3b8b8",
    "agreement": "#c5cff5",
    "person": "#fff3a6",
    "organization": "#d9ecf7",
    "place": "#e9def5",
    "date": "#e3e3e3",
}
_STYLE = """
.kwus{direction:rtl;text-align:right;unicode-bidi:isolate;font:16px/2 "Noto Naskh Arabic","Amiri","Segoe UI",serif;
  color:#1c1c1c;background:#fff;max-width:52em;margin:0 auto 2em;padding:1em 1.5em;border:1px solid #ddd}
.kwus p{white-space:pre-wrap;overflow-wrap:anywhere;margin:.6em 0}
.kwus mark{color:inherit;background:none}
.kwus .boilerplate,.kwus .placeholder,.kwus .foreign{opacity:.45}
.kwus .title{font-weight:bold}
.kwus table{border-collapse:collapse;width:100%;font-size:.85em;line-height:1.6}
.kwus th,.kwus td{border:1px solid #ddd;padding:.2em .5em;text-align:right;vertical-align:top}
.kwus th{background:#f4f4f4}
.kwus .key span{font-size:.8em;display:inline-block;margin-left:1em;padding:0 .5em}
.kwus .warning{color:#8a5a00;font-size:.85em}
""" + "".join(
    f".kwus mark.{kind}{{background:{colour};box-shadow:inset 0 -2px 0 rgba(0,0,0,.25)}}"
    for kind, colour in _COLOURS.items()
)


class _Mark(NamedTuple):
    start: int
    end: int
    kind: str
    note: str


def record_html(record: ArticleRecord, text: str | None = None) -> str:
    """The record as one HTML element with its own style, as notebooks show it; without the text only the tables."""
    body = [f"<style>{_STYLE}</style>", f'<article class="kwus" dir="rtl" lang="ar" id="{escape(record.doc_id)}">']
    about = [record.doc_id, record.published.value, record.source.publisher]
    body.append(f"<div><bdi>{'</bdi> · <bdi>'.join(escape(part) for part in about if part)}</bdi></div>")
    if text is not None:
        key = "".join(f'<span style="background:{colour}">{kind}</span>' for kind, colour in _COLOURS.items())
        body.append(f'<div class="key" dir="ltr">{key}</div><p>{"".join(_marked(record, text))}</p>')
    body += _tables(record)
    body += [f'<div class="warning" dir="auto">⚠ {escape(warning.message)}</div>' for warning in record.warnings]
    return "\n".join([*body, "</article>"])


def page(records: Iterable[tuple[ArticleRecord, str | None]], *, title: str = "kwus-extract") -> Iterator[str]:
    """A whole HTML page, piece by piece, for any number of records; it needs nothing but itself."""
    yield (
        f'<!doctype html>\n<html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"></head><body>\n'
    )
    for record, text in records:
        yield record_html(record, text) + "\n"
    yield "</body></html>\n"


def _marks(record: ArticleRecord) -> list[_Mark]:
    """What is marked, without overlaps: triggers go before entities, entities before dates, longer before shorter."""
    layers = [
        [_Mark(t.start, t.end, e.type, f"{e.id} {e.type} ({e.status})") for e in record.events for t in e.triggers],
        [_Mark(m.start, m.end, "person", p.id) for p in record.people for m in p.mentions],
        [_Mark(m.start, m.end, "organization", o.id) for o in record.organizations for m in o.mentions],
        [_Mark(m.start, m.end, "place", place.id) for place in record.places for m in place.mentions],
        [_Mark(d.start, d.end, "date", d.value or "?") for d in record.dates],
    ]
    kept: list[_Mark] = []
    taken: set[int] = set()
    for layer in layers:
        for mark in sorted(layer, key=lambda mark: mark.start - mark.end):
            if mark.start < mark.end and taken.isdisjoint(range(mark.start, mark.end)):
                taken.update(range(mark.start, mark.end))
                kept.append(mark)
    return sorted(kept)


def _marked(record: ArticleRecord, text: str) -> Iterator[str]:
    """The text with its marks, zone by zone where it is not plain body."""
    zones = [zone for zone in record.zones if zone.kind not in ("body", "dateline") and zone.start < zone.end]
    edges = sorted({0, len(text), *(zone.start for zone in zones), *(zone.end for zone in zones)})
    marks = _marks(record)
    for start, end in pairwise(edges):
        kind = next((zone.kind for zone in zones if zone.start <= start and end <= zone.end), None)
        if kind:
            yield f'<span class="{kind}">'
        at = start
        for mark in marks:
            first, last = max(mark.start, start), min(mark.end, end)
            if first < last:
                yield escape(text[at:first])
                yield f'<mark class="{mark.kind}" title="{escape(mark.note)}">{escape(text[first:last])}</mark>'
                at = last
        yield escape(text[at:end])
        if kind:
            yield "</span>"


def _tables(record: ArticleRecord) -> Iterator[str]:
    if record.events:
        cells = [
            (e.id, f"{e.type}/{e.subtype}", e.status, _roles(e), e.date.value if e.date else "", f"{e.confidence:.2f}")
            for e in record.events
        ]
        yield _table(("", "event", "status", "roles", "date", "confidence"), cells)
    if record.people:
        people = [(p.id, p.name, p.position or "", p.country or "") for p in record.people]
        yield _table(("", "person", "position", "country"), people)
    if record.organizations:
        yield _table(("", "organization", "country"), [(o.id, o.name, o.country or "") for o in record.organizations])


def _roles(event: Event) -> str:
    named: list[tuple[str, tuple[Filler, ...]]] = list(event.roles)
    return "\n".join(f"{role}: {'، '.join(filler.text for filler in fillers)}" for role, fillers in named if fillers)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def line(tag: str, cells: Iterable[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{_cell(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + line("th", head) + "".join(line("td", row) for row in rows) + "</table>"


def _cell(value: str) -> str:
    return "<br>".join(f"<bdi>{escape(line)}</bdi>" for line in value.split("\n"))

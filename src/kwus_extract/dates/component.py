"""The dates stage as a spaCy component: ``nlp.add_pipe("kwus_dates")`` works with any tokenizer."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc, Span

from kwus_extract.dates.find import find_dates

_SILENT_ZONES = ("boilerplate", "placeholder")


def _register() -> None:
    """The extensions this stage reads and writes; those that somebody has registered already are left as they are."""
    for name in ("published", "zones", "dates", "durations", "date_anchor", "date_warnings"):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)
    for name in ("value", "calendar", "basis"):
        if not Span.has_extension(name):
            Span.set_extension(name, default=None)


@Language.factory("kwus_dates")
def create_dates(nlp: Language, name: str) -> DatesComponent:
    """The component; it has no settings."""
    return DatesComponent()


class DatesComponent:
    """Finds the dates of a Doc.

    Reads ``doc._.published`` (ISO date or None) and ``doc._.zones`` (things with ``kind``, ``start``, ``end`` in
    characters; nothing in boilerplate or a placeholder is a date). Writes ``doc.spans["dates"]``, whose spans cover
    whole tokens and carry ``_.value``, ``_.calendar``, ``_.basis``, and ``doc._.dates``, the `DateSpan` list with
    exact offsets, in the same order, ``doc._.durations`` the `Duration` list. ``doc._.date_anchor`` is the anchor as (value, basis), ``doc._.date_warnings``
    the warnings.

    >>> import spacy
    >>> nlp = spacy.blank("ar")
    >>> doc = nlp.add_pipe("kwus_dates")(nlp.make_doc("وصل الوزير في 24 نوفمبر 2020"))
    >>> [(span.text, span._.value) for span in doc.spans["dates"]]
    [('24 نوفمبر 2020', '2020-11-24')]
    """

    def __init__(self) -> None:
        _register()

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one Doc and return it."""
        skip = [(zone.start, zone.end) for zone in doc._.zones or () if zone.kind in _SILENT_ZONES]
        result = find_dates(doc.text, published=doc._.published, skip=skip)
        spans = []
        for found in result.spans:
            span = doc.char_span(found.start, found.end, label="DATE", alignment_mode="expand")
            if span is not None:
                span._.value, span._.calendar, span._.basis = found.value, found.calendar, found.basis
                spans.append(span)
        doc.spans["dates"] = spans
        doc._.dates = list(result.spans)
        doc._.durations = list(result.durations)
        doc._.date_anchor = (result.anchor, result.anchor_basis)
        doc._.date_warnings = list(result.warnings)
        return doc

"""Events, people, organisations and dates from Arabic news, every one tied to its exact characters.

>>> import kwus_extract as kx
>>> record = kx.extract("زار وزير الدفاع الكويتي واشنطن.", published="2018-04-08")  # doctest: +SKIP
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["ArticleRecord", "__version__", "dates", "extract", "load", "read", "stream", "write"]

_HOMES = {
    "ArticleRecord": "kwus_extract.records",
    "Article": "kwus_extract.io.read",
    "read": "kwus_extract.io.read",
    "write": "kwus_extract.io.write",
    "stream": "kwus_extract.batch",
    "load": "kwus_extract.pipeline",
}

if TYPE_CHECKING:
    from kwus_extract.batch import stream
    from kwus_extract.io.read import read
    from kwus_extract.io.write import write
    from kwus_extract.pipeline import load
    from kwus_extract.records import ArticleRecord

_default: Any = None


def extract(text: str, *, published: str | date | None = None, id: str | None = None, nlp: Any = None) -> ArticleRecord:
    """The record of one text, which a notebook shows with everything marked.

    ``published`` is the day of publication (a date, or ISO 8601; ValueError for anything else); ``nlp`` a pipeline from
    ``load()``, without which the default one is loaded at the first call and kept.
    """
    global _default
    from kwus_extract.io.read import as_day
    from kwus_extract.pipeline import load

    day = as_day(published)
    if nlp is None:
        nlp = _default = _default or load()
    doc = nlp.make_doc(text)
    doc._.published = day
    record: ArticleRecord = nlp(doc)._.record
    return (record.model_copy(update={"doc_id": id}) if id else record).with_text(text)


def dates(text: str, *, published: str | None = None) -> Any:
    """The date expressions of a text with their EDTF values; see ``kwus_extract.dates.find_dates``."""
    from kwus_extract.dates import find_dates

    return find_dates(text, published=published)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Named-entity recognition behind one small interface: raw text in, character spans out.

>>> backend = load_backend("none")
>>> backend.spans(["زار وزير الخارجية الكويت"])
[[]]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from kwus_extract.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BACKENDS = ("embedded", "camel", "stanza", "spacy", "none")


class NerSpan(NamedTuple):
    """A name: half-open code-point offsets in the raw text, PER ORG LOC FAC or MISC, the model's probability."""

    start: int
    end: int
    label: str
    score: float


class Encoded(NamedTuple):
    """A text as the encoder understood it, for models that build on it.

    `encoder`: the backend's identity. `words`: raw half-open spans of its words. `windows`: ranges of them that were read together. `vectors`: for each
    window those of its start marker and its words, (1 + words, hidden).
    """

    encoder: str
    words: list[tuple[int, int]]
    windows: list[tuple[int, int]]
    vectors: list[NDArray[np.float32]]


class NerBackend(Protocol):
    """What every backend offers."""

    @property
    def name(self) -> str:
        """The name that `load_backend` knows it by."""

    @property
    def identity(self) -> str:
        """Name and content of the model, `name@sha256-prefix`, for a record's provenance."""

    def spans(self, texts: Sequence[str]) -> list[list[NerSpan]]:
        """The names of each text, sorted, without overlaps; a text's names do not depend on the other texts."""


@runtime_checkable
class Encoder(Protocol):
    """A backend whose vectors others can build on."""

    def read(self, text: str) -> tuple[list[NerSpan], Encoded]:
        """The names of a text, and the text as the encoder understood it."""


class NoBackend:
    """Finds nothing: for pipelines that live on the lexicon alone."""

    name = "none"
    identity = "none"

    def spans(self, texts: Sequence[str]) -> list[list[NerSpan]]:
        """An empty list for each text."""
        return [[] for _ in texts]


def load_backend(name: str, *, path: Path | None = None, threads: int = 1) -> NerBackend:
    """The backend called `name`, its model from the folder `path` (default: the backend's own place).

    `threads` is for one text at a time; parallel jobs want 1 each. Raises ConfigError for an unknown name,
    ModelError for a missing or damaged model, MissingExtra for a package that is not installed.
    """
    if name == "none":
        return NoBackend()
    if name == "embedded":
        from kwus_extract.entities.backends.embedded import EmbeddedBackend

        return EmbeddedBackend(path, threads=threads)
    if name == "camel":
        from kwus_extract.entities.backends.camel import CamelBackend

        return CamelBackend(path, threads=threads)
    if name == "stanza":
        from kwus_extract.entities.backends.stanza import StanzaBackend

        return StanzaBackend(path, threads=threads)
    if name == "spacy":
        from kwus_extract.entities.backends.spacy import SpacyBackend

        return SpacyBackend(path, threads=threads)
    raise ConfigError(f"unknown NER backend {name!r}; there are: {', '.join(BACKENDS)}")

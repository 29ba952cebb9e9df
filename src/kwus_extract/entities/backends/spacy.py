"""Any spaCy pipeline that sets `doc.ents`: an installed package by name, or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import spacy

from kwus_extract.entities.backends import NerSpan
from kwus_extract.entities.backends.local import LABELS, Found, fingerprint, settle
from kwus_extract.entities.backends.windows import Normalised
from kwus_extract.errors import ConfigError, ModelError


class SpacyBackend:
    """Names by a spaCy pipeline; `doc.ents` has no probabilities, so every score is 1."""

    name = "spacy"

    def __init__(self, path: Path | None = None, *, threads: int = 1) -> None:
        """`threads` has no effect: spaCy's own layers run on one, and a transformer's on what torch is set to."""
        if path is None:
            raise ConfigError(
                "the spacy backend has no pipeline of its own (spaCy offers none for Arabic): "
                "give the name of an installed one, or its folder, as the model"
            )
        try:
            self._nlp = spacy.load(path if path.exists() else str(path))
        except Exception as error:  # spaCy raises OSError, ValueError and errors of its registries
            raise ModelError(
                f"{path}: spaCy cannot load it ({error}); give the folder of a pipeline, or install one with: "
                f"pip install PATH_OF_ITS_WHEEL, or python -m spacy download {path.name}"
            ) from error
        known = {label for labels in self._nlp.pipe_labels.values() for label in labels}
        if known and not known & LABELS.keys():
            raise ModelError(f"{path}: none of its labels is a name's; they are {', '.join(sorted(known))}")

    @cached_property
    def identity(self) -> str:
        """Name and version of the pipeline and the start of a checksum over its files."""
        meta = self._nlp.meta
        files = [f for f in self._nlp.path.rglob("*") if f.is_file() and "__pycache__" not in f.parts]
        return f"spacy/{meta['lang']}_{meta['name']}-{meta['version']}@{fingerprint(files)}"

    def spans(self, texts: Sequence[str]) -> list[list[NerSpan]]:
        """The names of each text."""
        return [self._spans(text) for text in texts]

    def _spans(self, raw: str) -> list[NerSpan]:
        text = Normalised(raw)
        if not text.text.strip():
            return []
        self._nlp.max_length = max(self._nlp.max_length, len(text.text))  # spaCy's limit guards a parser's memory
        doc = self._nlp(text.text)
        return settle(text, (Found(e.start_char, e.end_char, e.label_) for e in doc.ents))

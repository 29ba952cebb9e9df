"""Stanza: its Arabic tokenizer, multi-word tokens and NER, from a folder that `stanza.download` has filled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from kwus_extract.entities.backends import NerSpan
from kwus_extract.entities.backends.local import Found, blocks, fingerprint, settle
from kwus_extract.entities.backends.windows import Normalised
from kwus_extract.errors import MissingExtra, ModelError

_BLOCK = 4000  # characters; what Stanza finds no sentence end in goes through its networks as one sequence


class StanzaBackend:
    """Names by a Stanza pipeline; Stanza gives no probabilities, so every score is 1."""

    name = "stanza"

    def __init__(self, path: Path | None = None, *, threads: int = 1) -> None:
        try:
            import stanza
        except ModuleNotFoundError as error:
            raise MissingExtra("stanza", "stanza") from error
        import torch
        from stanza.resources.common import DEFAULT_MODEL_DIR

        torch.set_num_threads(threads)  # of the whole process: torch knows no other way
        self._document = stanza.Document
        folder = str(path or DEFAULT_MODEL_DIR)
        try:
            # The pipeline adds the expansion of multi-word tokens where the tokenizer's package has one.
            self._pipeline: Any = stanza.Pipeline(
                lang="ar", dir=folder, processors="tokenize,ner", download_method=None, use_gpu=False, verbose=False
            )
        except Exception as error:  # its own exceptions, OSError, or what torch raises about a damaged file
            command = f"import stanza; stanza.download('ar', model_dir={folder!r}, processors='tokenize,mwt,ner')"
            raise ModelError(
                f"{folder}: no Arabic Stanza models that load ({error}); "
                f'where there is a network, run: python -c "{command}"'
            ) from error

    @cached_property
    def identity(self) -> str:
        """Names of the NER models and the start of a checksum over all models that the pipeline has read."""
        config = self._pipeline.config
        models = "+".join(sorted(path.stem for path in _files(config["ner_model_path"])))
        return f"stanza/{models}@{fingerprint(set(_files(config)))}"

    def spans(self, texts: Sequence[str]) -> list[list[NerSpan]]:
        """The names of each text."""
        return [self._spans(text) for text in texts]

    def _spans(self, raw: str) -> list[NerSpan]:
        text = Normalised(raw)
        starts: list[int] = []
        lines: list[Any] = []
        # Lines are documents of their own: Stanza takes a single line break for a blank and would join a title to the
        # first sentence. They go in together because it batches the sentences of the documents of one call.
        for start, end in blocks(text.text, _BLOCK):
            starts.append(start)
            lines.append(self._document([], text=text.text[start:end]))
        if not lines:
            return []
        found = []
        for start, line in zip(starts, self._pipeline(lines), strict=True):
            for entity in line.ents:
                # Of the tokens, not the words: the words of a multi-word token (ل + الجيش for للجيش) have no place.
                first, last = entity.tokens[0], entity.tokens[-1]
                found.append(Found(start + first.start_char, start + last.end_char, entity.type))
        return settle(text, found)


def _files(config: Any) -> Iterator[Path]:
    """Every model file that a part of a pipeline's configuration names."""
    if isinstance(config, dict):
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _files(part)
    elif isinstance(config, str) and config.endswith(".pt"):
        yield Path(config)

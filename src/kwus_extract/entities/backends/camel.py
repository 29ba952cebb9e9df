"""CAMeL Tools: its word tokenizer and the BERT token classifier of its NERecognizer, from a folder on disk."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kwus_extract.entities.backends import NerSpan
from kwus_extract.entities.backends.local import LABELS, Found, fingerprint, sentences, settle
from kwus_extract.entities.backends.windows import Normalised
from kwus_extract.errors import ConfigError, MissingExtra, ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIECES = 256  # NERecognizer's own limit on a sentence, with its [CLS] and [SEP]
_HOW_TO_GET = (
    "run `camel_data -i ner-arabert` where there is a network (542 MB; CAMELTOOLS_DATA says into which folder), "
    "or give the folder of a BERT token classifier such as CAMeL-Lab/bert-base-arabic-camelbert-msa-ner as the model"
)


class CamelBackend:
    """Names by a BERT token classifier that CAMeL Tools can load.

    NERecognizer loads the model, but does not run it: its `predict` gives no probabilities, shifts all labels after a
    word that has no pieces, and reads sentences in padded batches, so that a text's neighbours could change its names.
    """

    name = "camel"

    def __init__(self, path: Path | None = None, *, threads: int = 1) -> None:
        ner, self._tokenize = _camel_tools()
        self._folder = path or _installed(ner)
        # Both are looked for here: from_pretrained takes a name that is no folder for one on the network, and makes a
        # tokenizer that knows no word where the vocabulary is missing.
        if not (self._folder / "config.json").is_file():
            raise ModelError(f"{self._folder}: no BERT token classifier there (no config.json); {_HOW_TO_GET}")
        if not any((self._folder / file).is_file() for file in ("vocab.txt", "tokenizer.json")):
            raise ModelError(f"{self._folder}: the model has no vocab.txt; {_HOW_TO_GET}")
        import torch
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # it would draw one on the standard error at every start
        torch.set_num_threads(threads)  # of the whole process: torch knows no other way
        self._torch = torch
        try:
            recognizer = ner.NERecognizer(str(self._folder), use_gpu=False)
            self._model = recognizer.model.eval()
            self._pieces = recognizer.tokenizer
            self._labels: list[str] = [recognizer.labels_map[i] for i in range(len(recognizer.labels_map))]
            self._room = min(_PIECES, int(self._model.config.max_position_embeddings)) - 2
        except Exception as error:  # transformers raises whatever its readers do
            raise ModelError(f"{self._folder}: the model does not load ({error}); {_HOW_TO_GET}") from error
        if not any(label[2:] in LABELS for label in self._labels):
            raise ModelError(
                f"{self._folder}: a model for names has labels like B-PERS, this one {self._labels}; {_HOW_TO_GET}"
            )

    @cached_property
    def identity(self) -> str:
        """Name of the model's folder and the start of a checksum over its files."""
        files = [f for f in self._folder.iterdir() if f.suffix in (".json", ".txt", ".safetensors", ".bin")]
        return f"camel/{self._folder.resolve().name}@{fingerprint(files)}"

    def spans(self, texts: Sequence[str]) -> list[list[NerSpan]]:
        """The names of each text."""
        return [self._spans(text) for text in texts]

    def _spans(self, raw: str) -> list[NerSpan]:
        text = Normalised(raw)
        found: list[Found] = []
        for start, end in sentences(text.text):
            words, pieces = self._words(text.text, start, end)
            if words:
                found.extend(_names(words, self._probabilities(pieces), self._labels))
        return settle(text, found)

    def _words(self, text: str, start: int, end: int) -> tuple[list[tuple[int, int]], list[list[int]]]:
        """Ranges and piece ids of a sentence's words; characters unknown to the tokenizer make no word."""
        words: list[tuple[int, int]] = []
        pieces: list[list[int]] = []
        for word in self._tokenize(text[start:end]):
            # Only blanks stand between the words, so the next occurrence is the word itself.
            start = text.index(word, start)
            ids = self._pieces.convert_tokens_to_ids(self._pieces.tokenize(word))
            if ids:
                words.append((start, start + len(word)))
                pieces.append(ids[: self._room])
            start += len(word)
        return words, pieces

    def _probabilities(self, pieces: list[list[int]]) -> NDArray[np.float32]:
        """(words, labels) probabilities, read off each word's first piece; a window goes through the network alone."""
        rows: list[NDArray[np.float32]] = []
        for window in _windows(pieces, self._room):
            first = np.cumsum([1, *map(len, window)])[:-1]
            ids = [self._pieces.cls_token_id, *(i for word in window for i in word), self._pieces.sep_token_id]
            with self._torch.inference_mode():
                logits = self._model(input_ids=self._torch.tensor([ids])).logits[0]
                rows.append(logits.softmax(-1).numpy()[first])
        return np.concatenate(rows)


def _windows(pieces: list[list[int]], room: int) -> Iterator[list[list[int]]]:
    """The words of a sentence in runs of at most `room` pieces; nearly always all of them in one."""
    window: list[list[int]] = []
    size = 0
    for word in pieces:
        if size + len(word) > room:
            yield window
            window, size = [], 0
        window.append(word)
        size += len(word)
    yield window


def _names(words: list[tuple[int, int]], scores: NDArray[np.float32], labels: list[str]) -> Iterator[Found]:
    """Names out of each word's likeliest label; an I- that follows no name of its class begins one.

    A name's score is the least probability, over its words, of being part of a name of its class.
    """
    best = [labels[i] for i in scores.argmax(axis=1)]
    at = 0
    while at < len(best):
        kind = best[at][2:]
        stop = at + 1
        while kind and stop < len(best) and best[stop] == f"I-{kind}":
            stop += 1
        if kind:
            same = [i for i, label in enumerate(labels) if label[2:] == kind]
            yield Found(words[at][0], words[stop - 1][1], kind, float(scores[at:stop, same].sum(axis=1).min()))
        at = stop


def _installed(ner: Any) -> Path:
    """The folder of the model that `camel_data` has put there."""
    component = ner.CATALOGUE.components.get("NamedEntityRecognition")
    if component is None:
        raise ModelError(f"CAMeL Tools has no NER model on this machine; {_HOW_TO_GET}")
    return Path(component.datasets[component.default].path)


def _camel_tools() -> tuple[Any, Any]:
    """The module `camel_tools.ner` and the function `simple_word_tokenize`."""
    # camel_tools.ner reads its catalogue of downloads as it is imported, and where there is none it fetches it: without
    # a network the import fails, model or no model. An empty catalogue, there for the import alone, is enough for
    # models that are given by path. Whoever has data of CAMeL Tools, or has said where to look, keeps them.
    theirs = Path.home() / ("AppData/Roaming/camel_tools" if os.name == "nt" else ".camel_tools")
    with tempfile.TemporaryDirectory() as folder:
        ours = "CAMELTOOLS_DATA" not in os.environ and not (theirs / "catalogue.json").is_file()
        if ours:
            empty = {"version": "1.6", "packages": {}, "components": {}}
            (Path(folder) / "catalogue.json").write_text(json.dumps(empty), encoding="utf-8")
            os.environ["CAMELTOOLS_DATA"] = folder
        try:
            from camel_tools import ner
            from camel_tools.tokenizers.word import simple_word_tokenize
        except ModuleNotFoundError as error:
            raise MissingExtra("camel-tools", "camel") from error
        except Exception as error:  # its DownloaderError, or an OSError about the folder
            place = os.environ.get("CAMELTOOLS_DATA", theirs)
            for module in [name for name in sys.modules if name.partition(".")[0] == "camel_tools"]:
                del sys.modules[module]  # they keep the folder; a second try, in a notebook say, is to ask again
            raise ConfigError(
                f"camel-tools does not start ({error}); its data folder is {place}: "
                "unset CAMELTOOLS_DATA, or run `camel_data -i ner-arabert` where there is a network"
            ) from error
        finally:
            if ours:
                del os.environ["CAMELTOOLS_DATA"]
    return ner, simple_word_tokenize

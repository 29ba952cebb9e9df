"""The model that ships in the package: ONNX Runtime and a Unigram tokenizer, no torch, no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kwus_extract.entities.backends import Encoded, NerSpan
from kwus_extract.entities.backends.windows import Cut, cut
from kwus_extract.errors import ModelError
from kwus_extract.models import ModelFolder, model_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PROCLITICS = ("وفبلكس", "بلك")  # letters that may stand outside a name: as its word's first, as its second
_IMPOSSIBLE = np.float32(-1e9)
_OUTSIDE_BIAS = 0.6  # the network leaves proclitics inside more often than it takes a name's own letter off
_REMEMBERED = 30_000  # words of a text up to which their vectors are kept for others: 1.5 kB each
_SHARED = 0.35  # weight of a word's other occurrences in the article


class EmbeddedBackend:
    """Names by the embedded model.

    A window goes through the network alone, unpadded: quantised activations are scaled by what is in the batch, so
    anything else would let a text's neighbours change its names.
    """

    name = "embedded"

    def __init__(self, path: Path | None = None, *, threads: int = 1) -> None:
        self._folder = ModelFolder(path or model_folder("ar-news-ner"))
        self._threads = threads
        try:
            self._labels: list[str] = self._folder.about["labels"]
            self._window: int = self._folder.about["window"]
            self.identity = self._folder.identity
        except (KeyError, TypeError) as error:
            raise ModelError(f"{self._folder.path}: labels.json is missing or damaged ({error})") from error
        self._loaded: tuple[Any, Any] | None = None
        self._allowed = transitions(self._labels)

    def load(self) -> tuple[Any, Any]:
        """The session and the tokenizer, read at the first call."""
        if self._loaded is None:
            from tokenizers import Tokenizer

            session = self._folder.session("model.onnx", threads=self._threads)
            content = self._folder.read("tokenizer.json")
            try:
                tokenizer = Tokenizer.from_str(content.decode("utf-8"))
            except Exception as error:  # the library raises bare exceptions of its own
                raise ModelError(f"{self._folder.path}: the model does not load ({error})") from error
            self._loaded = session, tokenizer
        return self._loaded

    def spans(self, texts: Sequence[str]) -> list[list[NerSpan]]:
        """The names of each text."""
        return [self.read(text)[0] for text in texts]

    def read(self, text: str) -> tuple[list[NerSpan], Encoded]:
        """The names of a text, and the text as the network understood it."""
        session, tokenizer = self.load()
        made = cut(text, tokenizer, pieces=self._window)
        if not made.words:
            return [], Encoded(self.identity, [], [], [])
        wanted = ["labels", "cuts"]
        if len(made.words) <= _REMEMBERED and any(o.name == "shared" for o in session.get_outputs()):
            wanted.append("shared")
        outputs = [session.run(wanted, {"ids": w.ids[None], "first": w.first}) for w in made.windows]
        labels = np.concatenate([log_softmax(o[0]) for o in outputs])
        cuts = np.concatenate([o[1] for o in outputs])
        encoded = Encoded(self.identity, [], [], [])
        if "shared" in wanted:
            words = [made.normalised.raw_span(start, end) for start, end in made.words]
            encoded = Encoded(self.identity, words, [w.words for w in made.windows], [o[2] for o in outputs])
        return decode(made, labels, cuts, self._labels, self._allowed), encoded


def transitions(labels: list[str]) -> NDArray[np.float32]:
    """(from, to) costs of neighbouring labels: I- follows only B- or I- of its class; the last row is the start."""
    allowed = np.zeros((len(labels) + 1, len(labels)), dtype=np.float32)
    for j, after in enumerate(labels):
        if after.startswith("I-"):
            for i, before in enumerate([*labels, "O"]):
                if before[2:] != after[2:]:
                    allowed[i, j] = _IMPOSSIBLE
    return allowed


def log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms of probabilities along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    result: NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def viterbi(scores: NDArray[np.float32], allowed: NDArray[np.float32]) -> list[int]:
    """The best valid sequence of labels for (words, labels) log-probabilities."""
    best = scores[0] + allowed[-1]
    steps: NDArray[np.float32] = allowed[:-1]
    back = []
    for row in scores[1:]:
        paths = best[:, None] + steps
        came = paths.argmax(axis=0)
        back.append(came)
        best = paths[came, np.arange(len(row))] + row
    path = [int(best.argmax())]
    for came in reversed(back):
        path.append(int(came[path[-1]]))
    return path[::-1]


def decode(
    made: Cut,
    scores: NDArray[np.float32],
    cuts: NDArray[np.float32],
    labels: list[str],
    allowed: NDArray[np.float32],
) -> list[NerSpan]:
    """Raw spans out of (words, labels) log-probabilities and (words, proclitic letters) scores.

    A name's score is the least probability, over its words, of being part of a name of its class. Occurrences of one
    word, and of one name, in the text inform each other.
    """
    chosen = shared([made.normalised.text[a:b] for a, b in made.words], np.exp(scores))
    path = viterbi(np.log(chosen + 1e-9), allowed)
    found = []
    at = 0
    while at < len(path):
        label = labels[path[at]]
        if label == "O":
            at += 1
            continue
        stop = at + 1
        while stop < len(path) and labels[path[stop]] == f"I-{label[2:]}":
            stop += 1
        same = [i for i, name in enumerate(labels) if name[2:] == label[2:]]
        score = float(chosen[at:stop, same].sum(axis=1).min())
        start, end = made.words[at][0], made.words[stop - 1][1]
        start += _outside(made.normalised.text[start : made.words[at][1]], cuts[at])
        a, b = made.normalised.raw_span(start, end)
        found.append(NerSpan(a, b, label[2:], round(min(score, 1.0), 4)))
        at = stop
    return agreed(made.normalised.raw, found)


def shared(words: list[str], chances: NDArray[np.float32]) -> NDArray[np.float32]:
    """(words, labels) probabilities, those of a word that occurs again moved towards the mean of its occurrences."""
    places: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        if len(word) > 2:
            places.setdefault(word, []).append(i)
    result = chances.copy()
    for same in places.values():
        if len(same) > 1:
            result[same] = (1 - _SHARED) * chances[same] + _SHARED * chances[same].mean(axis=0)
    return result


def agreed(text: str, spans: list[NerSpan]) -> list[NerSpan]:
    """The spans, each name of the class that its occurrences in the text add up to.

    A single word out of a person's longer name is that person, unless its own class is the surer.
    """
    votes: dict[str, dict[str, float]] = {}
    people: dict[str, float] = {}
    for s in spans:
        name = text[s.start : s.end]
        of_class = votes.setdefault(name, {})
        of_class[s.label] = of_class.get(s.label, 0.0) + s.score
        if s.label == "PER" and " " in name:
            for word in name.split():
                people[word] = max(people.get(word, 0.0), s.score)
    settled = []
    for s in spans:
        name = text[s.start : s.end]
        of_class = votes[name]
        best = max(of_class, key=lambda c: of_class[c])
        label = best if of_class[best] > of_class[s.label] else s.label
        if people.get(name, 0.0) > s.score:
            label = "PER"
        settled.append(s._replace(label=label))
    return settled


def _outside(word: str, scores: NDArray[np.float32]) -> int:
    """How many letters of a name's first word are proclitics: the likeliest number that its letters allow."""
    possible = 0
    while possible < len(scores) - 1 and len(word) > possible + 2 and word[possible] in _PROCLITICS[possible]:
        possible += 1
    biased = scores[: possible + 1] + _OUTSIDE_BIAS * (np.arange(possible + 1) > 0)
    return int(biased.argmax())

"""One contract for every NER backend, and what the embedded one promises besides."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kwus_extract.entities.backends import NerBackend, load_backend
from kwus_extract.entities.backends.embedded import EmbeddedBackend, _outside, transitions, viterbi
from kwus_extract.errors import ConfigError, ModelError
from kwus_extract.models import model_folder

VISIT = (
    "رئيس الأركان العامة للجيش الكويتي يزور الولايات المتحدة\n"
    "وصل رئيس الأركان العامة للجيش الكويتي الفريق الركن خالد صالح الصباح إلى واشنطن في زيارة رسمية. "
    "والتقى وزير الدفاع الأمريكي جيمس ماتيس في البنتاغون، وبحثا التعاون بين الكويت والولايات المتحدة.\n"
)
ODD = "ابجد الكويت وواشنطن بالرياض .،؟!\n\tًَُِّـ‏‎ﷲﻻ٠١abcXYZ😀é\u200d\x00"
LABELS = {"PER", "ORG", "LOC", "FAC", "MISC"}


@pytest.fixture(scope="module", params=["none", "embedded"])
def backend(request: pytest.FixtureRequest) -> NerBackend:
    return load_backend(request.param)


@pytest.fixture(scope="module")
def embedded() -> NerBackend:
    return load_backend("embedded")


def check(backend: NerBackend, texts: list[str]) -> list[list[tuple[int, int, str, float]]]:
    """Run a backend and hold it to the contract."""
    found = backend.spans(texts)
    assert len(found) == len(texts)
    for text, spans in zip(texts, found, strict=True):
        at = 0
        for start, end, label, score in spans:
            assert at <= start < end <= len(text)
            assert label in LABELS
            assert 0 <= score <= 1
            at = end
    return [[tuple(s) for s in spans] for spans in found]


class TestContract:
    def test_names_and_identity(self, backend: NerBackend) -> None:
        assert load_backend(backend.name).identity == backend.identity

    def test_no_texts_and_empty_texts(self, backend: NerBackend) -> None:
        assert backend.spans([]) == []
        assert backend.spans(["", " \n ", "\u200f"]) == [[], [], []]

    def test_long_text(self, backend: NerBackend) -> None:
        check(backend, [VISIT * 30, "كلمة" * 3000, "؟" * 500])

    def test_neighbours_do_not_matter(self, backend: NerBackend) -> None:
        texts = [VISIT, "بغداد", VISIT[:60], VISIT * 3]
        together = check(backend, texts)
        assert together == [check(backend, [t])[0] for t in texts]
        assert together[::-1] == check(backend, texts[::-1])

    @settings(deadline=None, max_examples=40)
    @given(st.text(alphabet=ODD, max_size=200))
    def test_odd_characters(self, backend: NerBackend, text: str) -> None:
        check(backend, [text])


class TestEmbedded:
    def test_finds_names_without_titles(self, embedded: NerBackend) -> None:
        (spans,) = embedded.spans([VISIT])
        found = {(VISIT[s.start : s.end], s.label) for s in spans}
        assert {("خالد صالح الصباح", "PER"), ("واشنطن", "LOC"), ("جيمس ماتيس", "PER"), ("الكويت", "LOC")} <= found

    def test_proclitics_stay_outside(self, embedded: NerBackend) -> None:
        text = "وقال المسؤول إن التعاون بين الكويت وفرنسا سيستمر، وإن الوفد عاد لباريس."
        (spans,) = embedded.spans([text])
        assert {"الكويت", "فرنسا", "باريس"} <= {text[s.start : s.end] for s in spans}

    def test_marks_do_not_change_names(self, embedded: NerBackend) -> None:
        marked = VISIT.replace("واشنطن", "واشِنـطُن").replace("الكويت ", "\u200fالكويت\u200f ")
        plain = [(VISIT[s.start : s.end], s.label) for s in embedded.spans([VISIT])[0]]
        odd = [(marked[s.start : s.end], s.label) for s in embedded.spans([marked])[0]]
        assert [label for _, label in odd] == [label for _, label in plain]
        assert ("واشِنـطُن", "LOC") in odd

    def test_threads_do_not_matter(self, embedded: NerBackend) -> None:
        assert load_backend("embedded", threads=2).spans([VISIT]) == embedded.spans([VISIT])

    def test_size(self) -> None:
        assert sum(f.stat().st_size for f in model_folder("ar-news-ner").iterdir()) <= 40_000_000

    def test_identity_names_the_weights(self, embedded: NerBackend) -> None:
        sums = json.loads((model_folder("ar-news-ner") / "labels.json").read_text())["sha256"]
        assert embedded.identity == f"ar-news-ner@{sums['model.onnx'][:12]}"


class TestDamage:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return Path(shutil.copytree(model_folder("ar-news-ner"), tmp_path / "model"))

    @pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "labels.json"])
    def test_missing_file(self, folder: Path, file: str) -> None:
        (folder / file).unlink()
        with pytest.raises(ModelError, match=file):
            EmbeddedBackend(folder).spans(["بغداد"])

    @pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
    def test_changed_file(self, folder: Path, file: str) -> None:
        content = bytearray((folder / file).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / file).write_bytes(content)
        with pytest.raises(ModelError, match=f"{file}.*damaged"):
            EmbeddedBackend(folder).spans(["بغداد"])

    def test_labels_that_are_no_json(self, folder: Path) -> None:
        (folder / "labels.json").write_text("{")
        with pytest.raises(ModelError, match=r"labels\.json"):
            EmbeddedBackend(folder)


def test_unknown_backend() -> None:
    with pytest.raises(ConfigError, match="embedded"):
        load_backend("bert")


def test_decoding_never_leaves_a_class() -> None:
    labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    rng = np.random.default_rng(3)
    for _ in range(50):
        path = viterbi(rng.normal(size=(30, 5)).astype(np.float32), transitions(labels))
        before = "O"
        for label in (labels[i] for i in path):
            assert not label.startswith("I-") or before[2:] == label[2:]
            before = label


@pytest.mark.parametrize(
    ("word", "scores", "letters"),
    [
        ("وفرنسا", [0, 5, 0], 1),
        ("باريس", [5, 1, 0], 0),
        ("مصر", [0, 5, 0], 0),
        ("ولفلسطين", [0, 1, 5], 2),
        ("للجيش", [0, 5, 0], 1),
        ("قطر", [0, 0, 9], 0),
    ],
)
def test_letters_outside_a_name(word: str, scores: list[float], letters: int) -> None:
    assert _outside(word, np.array(scores, dtype=np.float32)) == letters

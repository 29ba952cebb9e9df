"""The contract of the NER backends: one suite for all five, each with a real model behind it.

camel, stanza and spacy get small models trained here, embedded its own. A backend whose library is not installed is
skipped; with KWUS_ALL_BACKENDS=1 that is a failure instead. KWUS_TINY_MODELS names a folder that keeps the small
models from one run to the next.
"""

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiny_models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kwus_extract.entities.backends import BACKENDS, NerBackend, NerSpan, load_backend
from kwus_extract.entities.backends.local import Found, blocks, fingerprint, sentences, settle
from kwus_extract.entities.backends.windows import Normalised
from kwus_extract.errors import ConfigError, MissingExtra, ModelError

NEEDS = {"embedded": "onnxruntime", "camel": "camel_tools", "stanza": "stanza", "spacy": "spacy", "none": "sys"}
TRAINED = ("camel", "stanza", "spacy")
ODD = "ابوفلكس ـ\u064e\u200f\u202eﷲﻻ٠12aé😀\n\r\t.،؟«»@_\x00\x85\u2029"
LABELS = {"PER", "ORG", "LOC", "FAC", "MISC"}
ARTICLE = "\n".join(
    ["وصول وفد من وزارة الدفاع", "", " ".join(s.text for s in tiny_models.make_sentences(12, seed=5)), "انتهى"]
)


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path | None]:
    """Where the model of a backend lies; a small one is trained when it is first asked for."""
    kept = os.environ.get("KWUS_TINY_MODELS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("models")

    def path(name: str) -> Path | None:
        if find_spec(NEEDS[name]) is None:
            if os.environ.get("KWUS_ALL_BACKENDS"):
                pytest.fail(f"{NEEDS[name]} is not installed")
            pytest.skip(f"{NEEDS[name]} is not installed")
        if name not in TRAINED:
            return None
        model = folder / f"tiny-{name}"
        if not (model / "done").exists():
            getattr(tiny_models, f"make_{name}")(model)
            (model / "done").touch()
        return model

    return path


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, model_path: Callable[[str], Path | None]) -> NerBackend:
    """Each backend in turn."""
    path = model_path(request.param)
    try:
        return load_backend(request.param, path=path)
    except ModelError as error:
        if path is None and not os.environ.get("KWUS_ALL_BACKENDS"):
            pytest.skip(str(error))
        raise


@pytest.fixture(scope="session", params=TRAINED)
def trained(request: pytest.FixtureRequest, model_path: Callable[[str], Path | None]) -> NerBackend:
    """The backends whose models know the names of the made sentences."""
    return load_backend(request.param, path=model_path(request.param))


def run(backend: NerBackend, *texts: str) -> list[list[NerSpan]]:
    """What the backend finds, held to the contract."""
    results = backend.spans(texts)
    assert len(results) == len(texts)
    for text, spans in zip(texts, results, strict=True):
        last = 0
        for span in spans:
            assert isinstance(span, NerSpan)
            assert last <= span.start < span.end <= len(text)
            assert text[span.start : span.end].strip() == text[span.start : span.end]
            assert span.label in LABELS
            assert 0 <= span.score <= 1
            last = span.end
    return results


def decorate(text: str, each: Callable[[str], str]) -> tuple[str, list[int]]:
    """The text with every character replaced, and where each one begins in the new text (and the end)."""
    pieces = [each(char) for char in text]
    places = [0]
    for piece in pieces:
        places.append(places[-1] + len(piece))
    return "".join(pieces), places


def presentation(char: str) -> str:
    """The isolated presentation form of an Arabic letter."""
    for code in range(0xFE80, 0xFEFD):
        if unicodedata.normalize("NFKC", chr(code)) == char:
            return chr(code)
    return char


def arabic(char: str) -> bool:
    return char.isalpha() and "\u0620" <= char <= "\u064a"


DECORATIONS: dict[str, Callable[[str], str]] = {
    "diacritics": lambda c: c + "\u064e\u0651" if arabic(c) else c,
    "tatweel": lambda c: c + "ـ" if arabic(c) else c,
    "presentation forms": presentation,
    "bidi marks": lambda c: " \u200f\u2067" if c == " " else c,
}


class TestContract:
    def test_identity(self, backend: NerBackend, model_path: Callable[[str], Path | None]) -> None:
        name, _, checksum = backend.identity.partition("@")
        assert backend.name in BACKENDS
        assert name
        assert backend.name == "none" or len(checksum) == 12
        assert load_backend(backend.name, path=model_path(backend.name)).identity == backend.identity

    def test_empty_and_blank_texts(self, backend: NerBackend) -> None:
        spaces = ["", " ", "\n", "\r\n\r\n", " \t\u00a0\u3000 "]
        blank = [*spaces, "\u200f\u202b\u2069", "\x00\x1c\x85", "ـ", "\u064e", "\ufeff"]
        assert run(backend) == []
        assert run(backend, *blank) == [[]] * len(blank)

    def test_same_twice_and_in_a_second_instance(
        self, backend: NerBackend, model_path: Callable[[str], Path | None]
    ) -> None:
        first = run(backend, ARTICLE)
        assert run(backend, ARTICLE) == first
        assert load_backend(backend.name, path=model_path(backend.name)).spans([ARTICLE]) == first

    def test_neighbours_do_not_matter(self, backend: NerBackend) -> None:
        texts = [ARTICLE, "بغداد", "", *(s.text for s in tiny_models.make_sentences(3, seed=6)), ARTICLE * 2, "؟"]
        alone = [run(backend, text)[0] for text in texts]
        assert run(backend, *texts) == alone
        assert run(backend, *reversed(texts)) == alone[::-1]

    @pytest.mark.parametrize("kind", DECORATIONS)
    def test_marks_change_neither_names_nor_places(self, backend: NerBackend, kind: str) -> None:
        plain = run(backend, ARTICLE)[0]
        text, places = decorate(ARTICLE, DECORATIONS[kind])
        assert [(s.start, s.end, s.label) for s in run(backend, text)[0]] == [
            (places[s.start], places[s.end], s.label) for s in plain
        ]

    def test_line_ends(self, backend: NerBackend) -> None:
        plain = run(backend, ARTICLE)[0]
        text, places = decorate(ARTICLE, lambda c: "\r\n" if c == "\n" else c)
        found = run(backend, text)[0]
        assert [text[s.start : s.end] for s in found] == [ARTICLE[s.start : s.end] for s in plain]
        assert [s.start for s in found] == [places[s.start] for s in plain]

    def test_emoji_latin_and_broken_characters(self, backend: NerBackend) -> None:
        for text in (
            ARTICLE.replace(" ", " 👨\u200d👩\u200d👧 "),
            ARTICLE.replace(" ", "😀"),
            ARTICLE.replace("الكويت", "ﷲ الكويت 🇰🇼 (Kuwait) ﷼ 12٪"),
            ARTICLE.replace(" ", "\ud83d "),
            ARTICLE.replace(" ", "\x00\u2028"),
            "«" + ARTICLE.replace(" ", "»«") + "»",
            "ﷺﷲﷰ" * 50,
        ):
            run(backend, text)

    @settings(deadline=None, max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from([*ODD, *ARTICLE.split()])))
    def test_any_characters(self, backend: NerBackend, pieces: list[str]) -> None:
        run(backend, "".join(pieces), " ".join(pieces))

    @pytest.mark.parametrize("kind", ["lines", "one line", "no stops", "one word", "stops"])
    def test_long_text(self, backend: NerBackend, kind: str) -> None:
        text = {
            "lines": ARTICLE + "\n",
            "one line": ARTICLE.replace("\n", " ") + " ",
            "no stops": "".join(c for c in ARTICLE if c.isalpha() or c == " ") + " ",
            "one word": "كلمة",
            "stops": ".؟! ",
        }[kind]
        # The long kinds tell of memory and of limits; 200 kB of them all would only take time.
        size = 200_000 if kind in ("lines", "one word") else 40_000
        text = (text * (size // len(text.encode()) + 1)).encode()[:size].decode(errors="ignore")
        found = run(backend, text)[0]
        if kind == "lines" and backend.name in TRAINED:
            assert len(found) > 1000
            assert found[-1].end > len(text) * 0.99

    def test_in_the_pipeline(self, backend: NerBackend, model_path: Callable[[str], Path | None]) -> None:
        """The stage gives the spans to the Doc, on whole tokens."""
        import spacy

        import kwus_extract.entities.component
        import kwus_extract.text.tokenizer  # noqa: F401

        nlp = spacy.blank("ar", config={"nlp": {"tokenizer": {"@tokenizers": "kwus.ArabicTokenizer.v1"}}})
        path = model_path(backend.name)
        nlp.add_pipe("kwus_ner", config={"backend": backend.name, "path": str(path) if path else None})
        doc = nlp(ARTICLE)
        spans = [(s.start_char, s.end_char, s.label_) for s in doc.spans["ner"]]
        assert spans == [(s.start, s.end, s.label) for s in run(backend, ARTICLE)[0]]


class TestNames:
    def test_names_of_sentences_like_the_trained_ones(self, trained: NerBackend) -> None:
        made = tiny_models.make_sentences(60, seed=3)
        hits = found = 0
        for sentence, spans in zip(made, run(trained, *(s.text for s in made)), strict=True):
            names = {(s.start, s.end, s.label) for s in spans}
            found += len(names)
            hits += len(names & set(sentence.names))
        assert 2 * hits / (found + sum(len(s.names) for s in made)) > 0.9

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("قال الوزير خالد الصباح إن المباحثات تناولت التعاون بين بغداد والرياض.", "الرياض"),
            ("زار وفد من وزارة الدفاع قاعدة عسكرية بواشنطن.", "واشنطن"),
            ("توجه الوفد للكويت للمشاركة في الاجتماع.", "لكويت"),
        ],
    )
    def test_proclitics_stay_outside(self, trained: NerBackend, text: str, name: str) -> None:
        assert name in {text[s.start : s.end] for s in run(trained, text)[0]}

    def test_a_title_is_not_joined_to_the_text(self, trained: NerBackend) -> None:
        text = "وزارة الدفاع\nوزارة الخارجية\n"
        assert all("\n" not in text[s.start : s.end] for s in run(trained, text)[0])


class TestMissing:
    @pytest.mark.parametrize(("name", "module"), [("camel", "camel_tools"), ("stanza", "stanza")])
    def test_package(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, module: str) -> None:
        for loaded in [m for m in sys.modules if m == module or m.startswith(f"{module}.")]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(MissingExtra, match=rf"pip install 'kwus-extract\[{name}\]'"):
            load_backend(name, path=tmp_path)

    @pytest.mark.parametrize(
        ("name", "command"),
        [("camel", "camel_data -i ner-arabert"), ("stanza", r"stanza\.download"), ("spacy", "spacy download")],
    )
    def test_model(self, model_path: Callable[[str], Path | None], tmp_path: Path, name: str, command: str) -> None:
        model_path(name)
        for path in (tmp_path / "nothing", tmp_path):
            with pytest.raises(ModelError, match=command) as error:
                load_backend(name, path=path)
            assert str(path) in str(error.value)

    @pytest.mark.parametrize(
        ("name", "file", "share"),
        [
            ("camel", "model.safetensors", 0),
            ("camel", "model.safetensors", 0.5),
            ("camel", "config.json", 0),
            ("camel", "config.json", 0.5),
            ("camel", "vocab.txt", 0),
            ("stanza", "ar/ner/tiny.pt", 0),
            ("stanza", "ar/ner/tiny.pt", 0.5),
            ("stanza", "ar/tokenize/tiny.pt", 0),
            ("stanza", "ar/mwt/tiny.pt", 0.5),
            ("stanza", "resources.json", 0.5),
            ("spacy", "config.cfg", 0.5),
            ("spacy", "ner/model", 0),
            ("spacy", "ner/model", 0.5),
        ],
    )
    def test_damaged_model(
        self, model_path: Callable[[str], Path | None], tmp_path: Path, name: str, file: str, share: float
    ) -> None:
        """A file that is gone (no share of it is left) or cut off."""
        source = model_path(name)
        assert source is not None
        model = shutil.copytree(source, tmp_path / "model", ignore=shutil.ignore_patterns("training"))
        content = (model / file).read_bytes()
        (model / file).unlink()
        if share:
            (model / file).write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ModelError) as error:
            load_backend(name, path=model)
        assert str(model) in str(error.value)

    def test_spacy_has_no_default(self) -> None:
        with pytest.raises(ConfigError, match="give the name"):
            load_backend("spacy")

    def test_spacy_pipeline_without_names(self, tmp_path: Path) -> None:
        import spacy

        nlp = spacy.blank("ar")
        nlp.add_pipe("entity_ruler").add_patterns([{"label": "DATE", "pattern": "أمس"}])  # type: ignore[attr-defined]
        nlp.to_disk(tmp_path)
        with pytest.raises(ModelError, match="DATE"):
            load_backend("spacy", path=tmp_path)


class TestCamel:
    @pytest.fixture
    def model(self, model_path: Callable[[str], Path | None]) -> Path:
        path = model_path("camel")
        assert path is not None
        return path

    def test_labels_are_those_of_the_library(self, model: Path) -> None:
        from kwus_extract.entities.backends.camel import CamelBackend

        backend = CamelBackend(model)
        from camel_tools.ner import NERecognizer
        from camel_tools.tokenizers.word import simple_word_tokenize

        library = NERecognizer(str(model), use_gpu=False)
        texts = [s.text for s in tiny_models.make_sentences(20, seed=8)]
        words = [simple_word_tokenize(text) for text in texts]
        for text, tokens, labels in zip(texts, words, library.predict(words), strict=True):
            names = {w for w, label in zip(tokens, labels, strict=True) if label != "O"}
            inside = {w for s in backend.spans([text])[0] for w in text[s.start : s.end].split()}
            assert {w[-3:] for w in inside} == {w[-3:] for w in names}  # of the word only proclitics may lack

    def test_model_that_is_for_something_else(self, model: Path, tmp_path: Path) -> None:
        other = shutil.copytree(model, tmp_path / "model")
        config = (other / "config.json").read_text(encoding="utf-8")
        for kind in ("LOC", "ORG", "PERS", "MISC"):
            config = config.replace(f"-{kind}", f"-POS{kind}")
        (other / "config.json").write_text(config, encoding="utf-8")
        with pytest.raises(ModelError, match="labels like B-PERS"):
            load_backend("camel", path=other)

    def test_catalogue(self, model: Path, tmp_path: Path) -> None:
        """No network is needed, the user's data folder is respected, and the environment is left as it was."""
        code = """
import json, os, pathlib, sys
from kwus_extract.entities.backends import load_backend
from kwus_extract.errors import ConfigError, ModelError
model, data = map(pathlib.Path, sys.argv[1:])
if data.name == "broken":
    try:
        load_backend("camel", path=model)
    except ConfigError as error:
        assert str(data) in str(error), error
        print("broken folder told")
    del os.environ["CAMELTOOLS_DATA"]
    try:
        load_backend("camel")
    except ModelError as error:
        assert "camel_data -i ner-arabert" in str(error), error
        print("no default told")
    print(load_backend("camel", path=model).identity, "CAMELTOOLS_DATA" in os.environ)
else:
    print(load_backend("camel").identity)
"""
        broken, good = tmp_path / "broken", tmp_path / "good"
        (good / "data").mkdir(parents=True)
        broken.mkdir()
        (broken / "catalogue.json").write_text("{")
        component = {"default": "tiny", "datasets": {"tiny": {"path": "ner/tiny"}}}
        catalogue = {"version": "1.6", "packages": {}, "components": {"NamedEntityRecognition": component}}
        (good / "catalogue.json").write_text(json.dumps(catalogue))
        shutil.copytree(model, good / "data" / "ner" / "tiny")

        def python(data: Path) -> list[str]:
            environment = {**os.environ, "HOME": str(tmp_path), "CAMELTOOLS_DATA": str(data)}
            done = subprocess.run(
                [sys.executable, "-c", code, str(model), str(data)], env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()

        checksum = load_backend("camel", path=model).identity.partition("@")[2]
        assert python(broken) == ["broken folder told", "no default told", f"camel/tiny-camel@{checksum} False"]
        assert python(good) == [f"camel/tiny@{checksum}"]


class TestStanza:
    def test_offsets_through_multi_word_tokens(self, model_path: Callable[[str], Path | None]) -> None:
        from kwus_extract.entities.backends.stanza import StanzaBackend

        backend = StanzaBackend(model_path("stanza"))
        seen = 0
        for sentence in tiny_models.make_sentences(40, seed=4):
            spans = {(s.start, s.end, s.label) for s in run(backend, sentence.text)[0]}
            for token in backend._pipeline(sentence.text).sentences[0].tokens:
                if len(token.words) > 1:
                    assert sentence.text[token.start_char : token.end_char] == token.text
                    name = next(n for n in sentence.names if n[0] == token.start_char + 1)
                    seen += name in spans
        assert seen > 10


class TestLocal:
    def test_settle_sorts_and_drops(self) -> None:
        text = Normalised("زار خالد الصباح الكويت أمس ")
        found = [Found(16, 22, "GPE", 0.5), Found(23, 26, "DATE"), Found(3, 16, "PERS", 1.2), Found(9, 15, "ORG")]
        assert settle(text, found) == [NerSpan(4, 15, "PER", 1.0), NerSpan(16, 22, "LOC", 0.5)]

    def test_settle_at_ligatures(self) -> None:
        text = Normalised("عبد\ufdf2 وصل")
        assert text.text == "عبدالله وصل"
        found = settle(text, [Found(0, 5, "PER"), Found(5, 7, "ORG")])
        assert found == [NerSpan(0, 4, "PER", 1.0)]

    @given(st.text(alphabet="اب .؟\n\t»", max_size=200), st.integers(1, 20))
    def test_blocks_and_sentences_lose_nothing(self, text: str, size: int) -> None:
        cut = list(sentences(text))
        assert "".join(text[a:b] for a, b in cut) == text
        pieces = list(blocks(text, size))
        kept = "".join("".join(text[a:b].split()) for a, b in pieces)
        assert kept == "".join(text.split())
        assert all(b - a <= size and "\n" not in text[a:b] and text[a:b].strip() for a, b in pieces)

    def test_fingerprint_is_of_the_content(self, tmp_path: Path) -> None:
        for folder, content in (("a", "x"), ("b", "x"), ("c", "y")):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "model").write_text(content)
        a, b, c = (fingerprint((tmp_path / folder).iterdir()) for folder in "abc")
        assert a == b != c

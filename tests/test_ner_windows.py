"""Cutting texts up for the model: offsets lead back to the raw text, every word is in one window, windows fit."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from kwus_extract.entities.backends.windows import Normalised, cut

ODD = "ابجدهوزحطيكلمن وفبلك ال.،؟!:()«»\"'\n\t#_@-ًٌٍَُِّْـ‏‎‫‬ﷲﻻﷺﺍ٠١٢۳abcXYZ019😀🇰🇼é̈\u200d\x00\ufeff"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Pieces of one character, shaped like the model's tokenizer."""
    letters = sorted(set("ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآئؤىةabcdefghijklmnopqrstuvwxyz0123456789.,،؟!:()«»\"'#_@-▁"))
    pieces = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", -20.0),
        *((c, -3.0) for c in letters),
        ("▁ال", -2.0),
    ]
    made = Tokenizer(models.Unigram(pieces, unk_id=3))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False),
            pre_tokenizers.Split(Regex(r"▁?(?:\w+|[^\w▁])"), behavior="isolated"),
        ]
    )
    return made


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("الكُوَيْت", "الكويت"),
        ("العـــام", "العام"),
        ("\u200fقال\u202b", "قال"),
        ("ﻻ ﷲ", "لا الله"),
        ("کویت ٢٠١٨", "كويت 2018"),
        ("سطر\r\nسطر", "سطر\nسطر"),
    ],
)
def test_normalised(raw: str, plain: str) -> None:
    assert Normalised(raw).text == plain


def test_span_takes_the_marks_that_follow_its_last_letter() -> None:
    raw = "لـلكُويتِ."
    n = Normalised(raw)
    assert raw[slice(*n.raw_span(1, 6))] == "لكُويتِ"


def test_ligature_beside_a_mark_keeps_offsets() -> None:
    raw = "ﻻَ بد"  # two letters in one character, and one mark dropped: lengths agree by chance
    n = Normalised(raw)
    assert n.text == "لا بد"
    assert raw[slice(*n.raw_span(3, 5))] == "بد"


@settings(deadline=None)
@given(st.text(alphabet=ODD, max_size=400))
def test_raw_offsets_rise_and_stay_inside(raw: str) -> None:
    n = Normalised(raw)
    assert len(n.offsets) == len(n.text)
    assert list(n.offsets) == sorted(n.offsets)
    for i in range(len(n.text)):
        a, b = n.raw_span(i, i + 1)
        assert 0 <= a < b <= len(raw)
        assert n.index(n.offsets[i]) <= i


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet=ODD, max_size=900), st.integers(8, 60))
def test_every_word_is_in_one_window_and_windows_fit(tokenizer: Tokenizer, raw: str, pieces: int) -> None:
    made = cut(raw, tokenizer, pieces=pieces)
    covered = [i for w in made.windows for i in range(*w.words)]
    assert covered == list(range(len(made.words)))
    for w in made.windows:
        assert 3 <= len(w.ids) <= pieces
        assert (w.ids[0], w.ids[-1]) == (0, 2)
        assert len(w.first) == w.words[1] - w.words[0]
        assert np.all((w.first >= 1) & (w.first <= len(w.ids) - 1))


def test_windows_hold_whole_sentences(tokenizer: Tokenizer) -> None:
    rng = random.Random(5)
    sentences = ["".join(rng.choices("ابتجد", k=rng.randint(3, 9))) + "." for _ in range(40)]
    raw = " ".join(sentences)
    made = cut(raw, tokenizer, pieces=50)
    assert len(made.windows) > 3
    for w in made.windows:
        assert made.normalised.text[made.words[w.words[1] - 1][0]] == "."


def test_nothing_to_read(tokenizer: Tokenizer) -> None:
    for raw in ("", " \n\t ", "\u200f\u064b"):
        assert cut(raw, tokenizer, pieces=50).windows == []

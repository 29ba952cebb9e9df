"""The tokenizer: the text comes back whole, proclitics are cut where they should be, norms and lemmas fit."""

from __future__ import annotations

import pickle

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from kwus_extract.text.clitics import Clitics, WordLexicon
from kwus_extract.text.fold import FoldedText, fold
from kwus_extract.text.lemma import Lemmatizer
from kwus_extract.text.tokenizer import ArabicTokenizer

# Checked by hand; + stands where the form is cut.
SPLITS = """
وزير وقع بيان كبير فريق سفير سبتمبر بيروت لبنان ليبيا كويت و+الوزير و+ب+الكويت و+س+يزور ف+س+يلتقي ك+العادة
ل+لجيش ل+لولايات ل+ليبيا ل+لبنان و+ل+له ل+له و+أكد و+اكد و+قال و+اضاف ف+قد فقط كما ل+أن ب+أن وفد وكالة و+بحث
و+بحثا و+ب+أن و+لكنها ف+ليس و+أحد واحد و+إلى وادي و+أدى و+وادي بلينكن بايدن بومبيو و+بومبيو ل+بلينكن و+بلينكن
كولومينا شيكيرنسكا لودريان ب+زيارة ل+قاعدة ل+تعزيز ل+زيارة و+ل+بحث ل+بحث ب+قادة و+ب+قائد ف+س+يجتمع س+يجتمع
س+أعود و+س+نعمل ستيفن باتلر و+باتلر ل+باتلر ب+ستيفن دومينو سالمين و+سالمين فهد ل+فهد ب+فهد و+فهد وكيل و+وكيل
ل+وكيل ب+وكالة ل+وزارة و+ل+وزارة ف+وزير ك+وزير سفارة ب+سفارة ل+سفارة ل+لسفارة و+السفارة ك+قائد ك+رئيس ل+رئيس
و+ل+رئيس ب+البنتاغون ل+لبنتاغون و+الپنتاغون بروكسل ب+بروكسل ل+بروكسل و+بروكسل لندن ب+لندن و+لندن ف+لندن فيينا
و+فيينا ب+فيينا كابول ب+كابول ل+لناتو ب+الناتو و+الناتو ب+برلين ل+واشنطن ب+واشنطن و+واشنطن س+يعقد و+س+تعقد
س+يوقع و+وقعت و+وقعا وقعا وقعوا ف+وقع كلاهما ل+لكويت ب+الكويت ف+الكويت و+ل+لكويت ل+ليمن ل+ليابان ل+لياباني
ب+اليابان ب+ليبيا فلسطين ل+فلسطين سيول ب+سيول سيناء ستوكهولم ب+ستوكهولم بغداد ل+بغداد و+بغداد الوزير كافة و+كافة
ل+كافة ب+كافة سلطان سلطنة و+سلطنة ب+سلطنة و+ل+سلطنة كوريا و+كوريا ل+كوريا وليد و+ل+وليد ب+وليد لولوة فواز سعاد
بشار ل+بشار كمال و+كمال بلال بدر سيد و+سيد ستة و+ستة ب+ستة سبعة فبراير و+فبراير ب+فبراير ل+فبراير لجنة ل+لجنة
و+ل+لجنة و+اللجنة ب+اللجنة لقاء ل+لقاء و+اللقاء ب+اللقاء ب+لقاء ل+وفد ب+وفد و+وفد و+الوفد ل+لوفد ك+وفد فوج ب+فوج
و+باكستان ب+باكستان ل+باكستان فتحي ل+تسليم ل+مكافحة و+ل+مكافحة لدى و+لدى بكين ب+بكين و+بكين سموه و+سموه ل+سموه
ب+سموه كونا و+كونا واس ووام لافروف و+لافروف فيصل و+فيصل ب+فيصل ل+فيصل كارتر بترايوس ل+ماتيس ل+تيلرسون و+تيلرسون
ب+تيلرسون باول كولن لوك كروكر سكوبي فيلتمان و+كريم و+سبل ل+سبل ب+سبل سبل بحرية و+بحرية البحرية ل+بحرية فرقاطة
و+فرقاطة ل+فرقاطة سرب و+سرب كتيبة ل+كتيبة لواء ب+لواء و+لواء فيلق كلية و+كلية ل+كلية و+س+يبحثان س+يبحثان
س+يلتقون س+نواصل و+س+نواصل س+يجري و+س+تجري س+تستضيف و+س+تستضيف س+يترأس س+تنطلق و+تنطلق و+ينطلق و+انطلق و+انطلقت
ف+انطلقت ب+حضور و+ب+حضور ل+حضور ب+مشاركة و+ب+مشاركة ل+مشاركة ب+دعوة ل+دعوة و+ب+دعوة ب+توقيع ل+توقيع و+توقيع
و+وقع ب+قيادة و+قيادة ل+قيادة ب+رئاسة ل+رئاسة و+ب+رئاسة ب+القائم و+القائم ل+لقائم ب+نظيره ل+نظيره و+نظيره
ب+السفير ل+لسفير و+السفير ب+سفير ل+سفير و+سفير ب+مقر ل+مقر ب+قصر ل+قصر و+قصر ب+قاعدة و+قاعدة ب+ميناء ل+ميناء
ب+مطار ل+مطار ك+ضيف ك+مراقب ك+دولة ل+حلف ب+حلف و+حلف فرنسا و+فرنسا ل+فرنسا ب+فرنسا بريطانيا و+بريطانيا
ل+بريطانيا ب+بريطانيا بلجيكا و+بلجيكا ل+بلجيكا البحرين و+ل+لبحرين ب+البحرين ل+لإمارات ب+الإمارات و+الإمارات
ل+قطر ب+قطر و+قطر ل+عمان ب+عمان و+عمان ل+إيران ب+إيران و+إيران و+ايران ل+ايران ل+لعراق ب+العراق و+العراق ل+تركيا
ب+تركيا و+تركيا ل+كندا ب+كندا و+كندا ل+لصين و+ل+لصين كينيا ل+كينيا فنزويلا ل+فنزويلا سويسرا ل+سويسرا ب+سويسرا
فيتنام ل+فيتنام كازاخستان ل+كازاخستان كوبا ل+كوبا بنما ل+بنما و+بنما بوتين و+بوتين ل+بوتين ب+بوتين كيري و+كيري
ل+كيري سلمان و+سلمان ل+سلمان وزيرا و+وزيرا ك+وزيرة ب+وزيري و+وزيري ل+وزيري وزراء و+وزراء ل+وزراء ب+وزراء كتلة
ل+كتلة و+ل+كتلة بيانات و+بيانات ل+بيانات بيانا وكيلا واقع ب+واقع وضع ل+وضع ب+وضع وجود ب+وجود ل+وجود و+ل+وجود
واجه و+واجه وصل و+وصل ف+وصل ل+وصول ب+وصول و+وصول وصول وعد وقف و+وقف ل+وقف وقفت واشنطن وقود ل+وقود فوق و+فوق فورا
فرصة ل+فرصة و+فرصة فوائد فترة ب+فترة ل+فترة فقرة فتح ل+فتح و+فتح فصل ب+فصل كتاب ب+كتاب كتابة كثير ب+كثير كلمة
ب+كلمة كلمته ل+كلمة كامل ب+كامل كبار ب+كبار ل+كبار و+كبار سنوات ل+سنوات ب+سنوات سلاح ب+سلاح ل+سلاح سيادة ل+سيادة
ب+سيادة و+سيادة سمات سقوط سوريا ل+سوريا و+سوريا ب+سوريا سلام ل+سلام ب+سلام سوق ل+سوق بيت ل+بيت ب+بيت و+بيت بحر
ب+بحر بنك ل+بنك و+بنك بلد ل+بلد بلدنا و+بلدنا بقية و+بقية لقاءات و+لقاءات ب+لقاءات ل+لقاءات ل+لواء بينما و+بينما
لدينا و+لدينا ف+بينما لكنه و+لكنه ل+أنه و+ل+أنه ب+أنه و+ب+أنه ف+لما كأن كأنه لعل و+لعل ليت لذا و+لذا ف+لذلك كذلك
و+كذلك كذا و+إن ف+إنه و+أنه و+ل+أن
"""


NLP = spacy.blank("ar")
NLP.tokenizer = ArabicTokenizer(NLP.vocab)


@pytest.fixture(scope="module")
def nlp() -> Language:
    return NLP


ODD = 'وفبلكسالكويتمنأإآىئءة ًّـ\u200f\u200e\u202b\u00a0\t\r\n«»“”″’()[]،؛؟.…/–—-:"#_0123٢٥٫ABz🇰🇼👍🏽\ufefb\ufdf2\ufdfa\ufe8e\u0670'


@given(st.one_of(st.text(), st.text(alphabet=ODD, max_size=80)))
@settings(max_examples=400, deadline=None)
def test_text_comes_back(text: str) -> None:
    doc = NLP.tokenizer(text)
    assert doc.text == text
    assert [text[t.idx : t.idx + len(t)] for t in doc] == [t.text for t in doc]
    assert all(t.norm_ for t in doc)


@given(st.text(alphabet=ODD, max_size=60))
@settings(max_examples=200, deadline=None)
def test_folding_keeps_the_way_back(text: str) -> None:
    folded = FoldedText(text)
    assert folded.text == fold(text)
    assert all(fold(text[at]) for at in folded.offsets)
    assert folded.offsets == sorted(folded.offsets)


@pytest.mark.parametrize("entry", SPLITS.split())
def test_splits(nlp: Language, entry: str) -> None:
    assert [t.text for t in nlp.tokenizer(entry.replace("+", ""))] == entry.split("+")


def test_splits_are_many() -> None:
    assert len(SPLITS.split()) > 500


@pytest.mark.parametrize("mark", ["\u064e", "\u0640", "\u200f"])
def test_splits_hold_under_marks(nlp: Language, mark: str) -> None:
    """A vowel, a stretch or a direction mark after the first letter stays with it."""
    for entry in SPLITS.split()[::5]:
        word = entry.replace("+", "")
        marked = word[0] + mark + word[1:]
        tokens = nlp.tokenizer(marked)
        assert "".join(t.text for t in tokens) == marked
        assert [t.text.replace(mark, "") for t in tokens] == entry.split("+")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("دسمان-1", "دسمان - 1"),
        ("24/11/2020", "24 / 11 / 2020"),
        ("10:30", "10 : 30"),
        ("2.5 و1,000 و٢٤٫٥", "2.5 و 1,000 و ٢٤٫٥"),
        ("2015م", "2015 م"),
        ("F16 وF-16", "F16 و F - 16"),
        ("(كونا) --", "( كونا ) --"),
        ("#خليجنا_واحد", "# خليجنا _ واحد"),
        ("قال.. نعم!!", "قال .. نعم !!"),
        ("بـ«الناتو»", "بـ « الناتو »"),
        ("’يقظة‘ “جون” ″نص″", "’ يقظة ‘ “ جون ” ″ نص ″"),
        ("راجع www.example.com/a?b=1 أو info@example.org.", "راجع www.example.com/a?b=1 أو info@example.org ."),
        ("الأميركية-الكويتية", "الأميركية - الكويتية"),
    ],
)
def test_signs_and_numbers(nlp: Language, text: str, pieces: str) -> None:
    assert [t.text for t in nlp.tokenizer(text)] == pieces.split()


def test_article_after_lam(nlp: Language) -> None:
    for word, norm in [
        ("للجيش", "الجيش"),
        ("للولايات", "الولايات"),
        ("وللكويت", "الكويت"),
        ("لله", "الله"),
        ("للبنان", "لبنان"),
        ("لليبيا", "ليبيا"),
        ("للجنة", "لجنه"),
    ]:
        assert nlp.tokenizer(word)[-1].norm_ == norm, word


def test_white_space_is_its_own_token(nlp: Language) -> None:
    doc = nlp.tokenizer(" أعلن  الوزير\u00a0اليوم\r\n\r\nثم عاد ")
    assert [t.text for t in doc if t.is_space] == [" ", " ", "\u00a0", "\r\n\r\n"]


def test_presentation_forms(nlp: Language) -> None:
    doc = nlp.tokenizer("وﺍﻟﻮﺯﻳﺮ ﻻ")
    assert [t.norm_ for t in doc] == ["و", "الوزير", "لا"]


@pytest.mark.parametrize(
    ("word", "lemma"),
    [
        ("زيارات", "زيارة"), ("الزيارة", "زيارة"), ("زيارته", "زيارة"), ("لقاءات", "لقاء"), ("اجتماعات", "اجتماع"), ("اجتماعهم", "اجتماع"),
        ("اجتماعاً", "اجتماع"), ("اتفاقيات", "اتفاقية"), ("اتفاقيتين", "اتفاقية"), ("مذكرات", "مذكرة"), ("مذكرتي", "مذكرة"), ("تمارين", "تمرين"),
        ("التمرين", "تمرين"), ("مناورات", "مناورة"), ("مؤتمرات", "مؤتمر"), ("قمم", "قمة"), ("الوزراء", "وزير"), ("رؤساء", "رئيس"), ("السفراء", "سفير"),
        ("وفود", "وفد"), ("قادة", "قائد"), ("عقود", "عقد"), ("محادثات", "محادثة"), ("المسؤولين", "مسؤول"), ("الجانبان", "جانب"), ("البلدين", "بلد"),
        ("دولة", "دولة"), ("حكومته", "حكومة"), ("قواتها", "قوة"), ("وزارة", "وزارة"), ("التقى", "التقى"), ("الكويتي", "كويتي"), ("بيان", "بيان"), ("لبنان", "لبنان"),
        ("البرلمان", "برلمان"), ("الأركان", "أركان"), ("يلتقي", "يلتقي"), ("وقعت", "وقعت"), ("الولايات", "ولاية"),
    ],
)  # fmt: skip
def test_lemmas(word: str, lemma: str) -> None:
    assert Lemmatizer.load().lemma(word) == fold(lemma)


def test_lexicon_is_small_and_common_words_are_in_it() -> None:
    words = WordLexicon.load()
    assert 20_000 < len(words.counts) < 80_000
    assert all(fold(word) in words for word in ("زيارة", "وزير", "حوار", "مذكرة", "تمرين", "لبنان"))


def test_exceptions_are_read_once() -> None:
    assert Clitics.load() is Clitics.load()


def test_tokenizer_travels(nlp: Language, tmp_path: object) -> None:
    """Pickled and saved with its pipeline, it comes back the same."""
    again = pickle.loads(pickle.dumps(nlp.tokenizer))
    assert [t.text for t in again("وسيزور")] == ["و", "س", "يزور"]
    config = {"nlp": {"tokenizer": {"@tokenizers": "kwus.ArabicTokenizer.v1"}}}
    made = spacy.blank("ar", config=config)
    made.to_disk(tmp_path)
    assert [t.text for t in spacy.load(tmp_path)("وبالكويت")] == ["و", "ب", "الكويت"]


def test_words_met_in_a_memory_zone_are_forgotten_and_read_anew() -> None:
    nlp = spacy.blank("ar", config={"nlp": {"tokenizer": {"@tokenizers": "kwus.ArabicTokenizer.v1"}}})
    known = len(nlp.vocab.strings)
    for _ in range(2):
        with nlp.memory_zone():
            doc = nlp("وسيزور فرقاطتهم للجيش")
            assert [t.norm_ for t in doc] == ["و", "س", "يزور", "فرقاطتهم", "ل", "الجيش"]
            assert len(nlp.vocab.strings) > known
        assert len(nlp.vocab.strings) == known

"""Which names of an article count, and with which words: a model's spans against the lexicon and the text around."""

from __future__ import annotations

import pytest
import spacy

from kwus_extract.entities.names import settle
from kwus_extract.entities.words import Words
from kwus_extract.text.tokenizer import ArabicTokenizer

NLP = spacy.blank("ar")
NLP.tokenizer = ArabicTokenizer(NLP.vocab)


def settled(text: str, *found: tuple[str, str]) -> list[tuple[str, str]]:
    """The names that stand when a model has found these, in order of the text, each at its first place after the last."""
    doc = NLP(text)
    words = Words(doc)
    spans, at = [], 0
    for name, label in found:
        at = text.index(name, at)
        tokens = [t.i for t in doc if t.idx < at + len(name) and t.idx + len(t) > at]
        spans.append((words.at[tokens[0]], words.at[tokens[-1] + 1], label))
        at += len(name)
    return [(text[words.starts[n.first] : words.ends[n.last - 1]], n.label) for n in settle(words, spans)]


@pytest.mark.parametrize(
    ("text", "found", "names"),
    [
        # signs of hashtags are no part of names, nor in their way
        ("زار #كوريا_الجنوبية أمس", [], [("كوريا_الجنوبية", "LOC")]),
        ("عاد ل#لبنان أمس", [], [("لبنان", "LOC")]),
        # a first letter that looks like a preposition
        ("تدربوا في لودزيا", [("لودزيا", "LOC")], [("لودزيا", "LOC")]),
        ("عاد من بالقدية", [("بالقدية", "ORG")], [("القدية", "ORG")]),
        # what is agreed, who is sent and what only its kind is told of are no bodies
        ("أشاد بالشراكة العمانية القطرية", [("الشراكة العمانية القطرية", "ORG")], []),
        ("التقى المبعوث الأممي", [("المبعوث الأممي", "ORG")], []),
        ("باع الحصة لشركة بلجيكية", [("شركة بلجيكية", "ORG")], []),
        ("باع الحصة لشركة بلجيكا للغاز", [("شركة بلجيكا للغاز", "ORG")], [("شركة بلجيكا للغاز", "ORG")]),
        # a known city is no person, unless somebody is called so
        ("قبل قمة هلسنكي", [("هلسنكي", "PER")], [("هلسنكي", "LOC")]),
        ("قال الشيخ كندا", [("كندا", "PER")], [("كندا", "PER")]),
        # a place's name that means something else
        ("عاد إلى مسقط رأسه", [("مسقط", "LOC")], []),
        ("عاد إلى مسقط", [("مسقط", "LOC")], [("مسقط", "LOC")]),
        ("انتقد السياسة الخارجية الأميركية", [], []),
        ("أبلغ «الشرق الأوسط» بذلك", [], [("الشرق الأوسط", "ORG")]),
        ("جولة في الشرق الأوسط", [], [("الشرق الأوسط", "LOC")]),
        # who acts for another; rulers whose names are counted, but not the meetings with them
        ("قال وزير الداخلية بالوكالة سالم المطيري", [("بالوكالة سالم المطيري", "PER")], [("سالم المطيري", "PER")]),
        ("استقبلت الملكة إليزابيث الثانية وفدا", [("إليزابيث", "PER")], [("إليزابيث الثانية", "PER")]),
        ("عزى جلالة الملك عبدالله الثاني بالضحايا", [("عبدالله", "PER")], [("عبدالله الثاني", "PER")]),
        ("كان لقاء الملك سلمان الأول من نوعه", [("سلمان", "PER")], [("سلمان", "PER")]),
        ("دعا الملك سلمان الثانية إلى الحوار", [("سلمان", "PER")], [("سلمان", "PER")]),
        ("قال الوزير سالم الثاني إن ذلك تم", [("سالم", "PER")], [("سالم", "PER")]),
        # two names in a row
        (
            "قال تشو هانغ إنه سيعود. وغادر تشو طوكيو",
            [("تشو هانغ", "PER"), ("تشو طوكيو", "ORG")],
            [("تشو هانغ", "PER"), ("تشو", "PER"), ("طوكيو", "LOC")],
        ),
        ("بين لين هي ووفد زائر", [("لين هي ووفد", "PER")], [("لين هي", "PER")]),
    ],
)
def test_names_that_count(text: str, found: list[tuple[str, str]], names: list[tuple[str, str]]) -> None:
    assert settled(text, *found) == names

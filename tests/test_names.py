"""Which names of an article count, and with which words: a model's spans against the lexicon and the text around."""

from __future__ import annotations

import pytest
import spacy
from test_tables import read

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
        # a body's name with the complement of its verbal noun, and without what it was busy with, or when
        ("زار هيئة الرقابة على", [("هيئة الرقابة على", "ORG")], [("هيئة الرقابة", "ORG")]),
        ("زار مجلس السلم على عجل", [("مجلس السلم على", "ORG")], [("مجلس السلم", "ORG")]),
        (
            "زار لجنة القضاء على الأمية المزمنة",
            [("لجنة القضاء على", "ORG")],
            [("لجنة القضاء على الأمية المزمنة", "ORG")],
        ),
        (
            "زار المركز الأهلي للحوار بين الثقافات",
            [("المركز الأهلي", "ORG")],
            [("المركز الأهلي للحوار بين الثقافات", "ORG")],
        ),
        ("جرى في المركز الأهلي للحوار لقاء", [("المركز الأهلي", "ORG")], [("المركز الأهلي", "ORG")]),
        ("ناقش المجلس الأهلي حول الموازنة", [("المجلس الأهلي حول", "ORG")], [("المجلس الأهلي", "ORG")]),
        (
            "ذكرت الهيئة الوطنية للصيد بنهاية الموسم",
            [("الهيئة الوطنية للصيد بنهاية", "ORG")],
            [("الهيئة الوطنية للصيد", "ORG")],
        ),
        ("ذكر مركز العمل في المدن", [("مركز العمل في المدن", "ORG")], [("مركز العمل في المدن", "ORG")]),
        # quotation marks: both or none; no letter is cut off what stands in them
        ('قاد تحالف "أمل البلاد" الحملة', [('تحالف "أمل البلاد', "ORG")], [('تحالف "أمل البلاد"', "ORG")]),
        ('نقلته الوكالة "وام" أمس', [("وام", "ORG")], [("وام", "ORG")]),
        ('نقلته الوكالة "واس" أمس', [("واس", "ORG")], [("واس", "ORG")]),
        # the nationality of the head closes the name, that of somebody before it does not
        (
            "زار مجلس التنمية الزراعية العماني",
            [("مجلس التنمية الزراعية العماني", "ORG")],
            [("مجلس التنمية الزراعية العماني", "ORG")],
        ),
        ("قال مدير المخابرات العماني", [("المخابرات العماني", "ORG")], [("المخابرات", "ORG")]),
        # makes, offices and agreements are no bodies
        ("اشترى مقاتلات رافال", [("رافال", "ORG")], []),
        ("اشترى طائرات من رافال", [("رافال", "ORG")], [("رافال", "ORG")]),
        ("خاض انتخابات الرئاسة الأميركية", [], []),
        ("أعلنت الرئاسة الأميركية", [], [("الرئاسة الأميركية", "ORG")]),
        ("انسحب من معاهدة الملاحة في المضيق (ميداس)", [("ميداس", "ORG")], []),
        ("انسحب من منظمة الملاحة (ميداس)", [("ميداس", "ORG")], [("ميداس", "ORG")]),
        # words that name nobody
        ("قال إن العمل في المشروع جار", [("جار", "PER")], []),
        ("وقال إن من المبكر الحكم على الخطة", [("المبكر", "PER")], []),
        ("خرج الرجلان وسارا جنبا إلى جنب", [("سارا جنبا", "PER")], []),
        ("تجمع معارضون أمام المبنى", [("معارضون", "PER")], []),
        ("تحدث ماكرون أمام المبنى", [("ماكرون", "PER")], [("ماكرون", "PER")]),
        ("عقوبات على مرتكبي جرائم الحرب", [("مرتكبي", "PER")], []),
        ("اتفق مع مهدي على الموعد", [("مهدي", "PER")], [("مهدي", "PER")]),
        ("افتتح شارع الملك فهد", [("فهد", "PER")], []),
        ("استقبل الملك فهد وفدا", [("فهد", "PER")], [("فهد", "PER")]),
        # a first و that belongs to the name
        ("اجتمع مع ويلبور ستون", [("ويلبور ستون", "PER")], [("ويلبور ستون", "PER")]),
        ("اجتمع مع ويتني", [("ويتني", "PER")], [("ويتني", "PER")]),
        ("اجتمع سالم ويوسف", [("سالم", "PER"), ("يوسف", "PER")], [("سالم", "PER"), ("يوسف", "PER")]),
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


@pytest.mark.parametrize(
    ("text", "names", "bodies"),
    [
        ('نشرته شركة الأبحاث الوطنية "ميداس" أمس.', ["شركة الأبحاث الوطنية", "ميداس"], 1),
        ("نشرته شركة الأبحاث الوطنية المعروفة «ميداس» أمس.", ["شركة الأبحاث الوطنية", "ميداس"], 1),
        ('نشرته اللجنة العليا لحركة "ميداس" أمس.', ["اللجنة العليا لحركة", "ميداس"], 2),
        ('قالت شركة الأبحاث الوطنية إن "ميداس" نشرته.', ["شركة الأبحاث الوطنية", "ميداس"], 2),
    ],
)
def test_a_name_in_quotation_marks_is_that_of_the_body_before_it(text: str, names: list[str], bodies: int) -> None:
    found = read(text, {"ORG": names}).organizations
    assert len(found) == bodies
    assert sum(len(body.mentions) for body in found) == 2

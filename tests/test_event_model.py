"""The network beside the rules: what it is shown, what it adds, and what happens without it."""

from __future__ import annotations

import re
import shutil
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc

import kwus_extract as kx
from kwus_extract.entities.backends import Encoded
from kwus_extract.errors import ModelError
from kwus_extract.events.component import ArticleEvents
from kwus_extract.events.coreference import TWINS, twins
from kwus_extract.events.merge import Cluster
from kwus_extract.events.model import LINKS, MARKS, MENTION, PAIR, STATUSES, EventModel, Mention, event_model
from kwus_extract.events.rules import TYPES, index
from kwus_extract.models import ModelFolder, model_folder

VISIT = """وزير الخارجية الكويتي يزور القاهرة

وصل وزير الخارجية الكويتي الشيخ سالم العبدالله إلى القاهرة يوم الأحد، والتقى نظيره المصري سامح شكري في مقر الوزارة."""


@lru_cache(maxsize=1)
def pipeline() -> Language:
    return kx.load()


def read(text: str, published: str | None = "2024-05-12") -> tuple[Doc, ArticleEvents]:
    """A text as the event stage finds it, with the frames of the rules."""
    doc = pipeline().make_doc(text)
    doc._.published = published
    for name, stage in pipeline().pipeline:
        if name in ("kwus_zones", "kwus_ner", "kwus_entities", "kwus_dates"):
            doc = stage(doc)
    article = ArticleEvents(doc, doc._.reading, index())
    article.read()
    return doc, article


def mentions(article: ArticleEvents) -> list[Mention]:
    return [Mention(f.type, f.first, f, article.stands(f)) for f in article.frames]


class TestSheet:
    def test_words_carry_what_the_stages_found(self) -> None:
        doc, article = read(VISIT)
        sheet = article.sheet(event_model().encoder)
        assert sheet is not None
        marks = sheet.marks(mentions(article))
        words = [doc.text[a:b] for a, b in sheet.encoded.words]

        def marked(word: str, nth: int = 0) -> set[str]:
            row = [i for i, w in enumerate(words) if w == word][nth]
            return {name for name, value in zip(MARKS, marks[row], strict=True) if value}

        assert {"begin person", "as main"} <= marked("سالم")
        assert {"visit", "stands", "occurred", "verb"} <= marked("وصل")
        assert "title" in marked("يزور")
        assert "title" not in marked("وصل")
        assert "begin date" in marked("الأحد") | marked("يوم")

    def test_features_have_their_names(self) -> None:
        _, article = read(VISIT)
        sheet = article.sheet(event_model().encoder)
        assert sheet is not None
        for mention in mentions(article):
            assert len(sheet.mention(mention)) == len(MENTION)
            for slot in sheet.slots(mention):
                named = dict(zip(PAIR, sheet.pair(mention, slot), strict=True))
                assert named[mention.type] == 1
                assert sum(named[f"rule {link}"] for link in LINKS) == 1
                assert sum(named[f"sentence {where}"] for where in ("before", "after")) + named["same sentence"] == 1

    def test_slots_reach_one_sentence_far(self) -> None:
        _, article = read("وصل الرئيس إلى بغداد. قال المتحدث إن الجو صحو. وعاد سامح شكري إلى القاهرة.")
        sheet = article.sheet(event_model().encoder)
        assert sheet is not None
        slots = sheet.slots(mentions(article)[0])
        assert "person" in {c.kind for c in sheet.candidates}
        assert {article.w.sentence[s.first] for s in slots} == {0, 1}


class TestOpinion:
    def test_chances_are_chances(self) -> None:
        _, article = read(VISIT)
        sheet = article.sheet(event_model().encoder)
        assert sheet is not None
        told = mentions(article)
        vectors = event_model().vectors(sheet, told)
        opinion = event_model().read(sheet, told, vectors)
        assert opinion.triggers.shape == (len(sheet.encoded.words), 1 + len(TYPES))
        assert opinion.status.shape == (len(told), len(STATUSES))
        for table in (opinion.triggers, opinion.status, *opinion.links):
            assert np.allclose(table.sum(axis=1), 1, atol=1e-4)
        assert ((opinion.event >= 0) & (opinion.event <= 1)).all()

    def test_nothing_asked(self) -> None:
        _, article = read("الجو صحو في بغداد.")
        sheet = article.sheet(event_model().encoder)
        assert sheet is not None
        opinion = event_model().read(sheet, [], event_model().vectors(sheet, []))
        assert opinion.links == []

    def test_the_same_text_gives_the_same_record(self) -> None:
        one = kx.extract(VISIT, published="2024-05-12", nlp=pipeline()).to_json()
        kx.extract("اختتمت مناورات بحرية في الخليج.", nlp=pipeline())
        assert kx.extract(VISIT, published="2024-05-12", nlp=pipeline()).to_json() == one


PACTS = """بغداد وأنقرة توقعان اتفاق المياه

وقع وزير الموارد العراقي مهدي الحمداني ونظيره التركي وحيد كيرتشي اتفاق المياه في بغداد يوم الأحد.
وكان الجانبان قد وقعا اتفاق الحدود في أنقرة عام 2019.
وقال الحمداني إن اتفاق المياه يمتد خمس سنوات، فيما انتهى اتفاق الحدود العام الماضي."""


class TestJoining:
    def test_words_behind_tell_one_event_from_another(self) -> None:
        _, article = read(PACTS)
        wording = article.merger().wording
        nouns = [f for f in article.frames if f.type == "agreement" and f.entry.kind == "noun"]
        behind = {article.w.bare[f.last]: wording.around(f)[0] for f in nouns}
        assert {"مياه", "حدود"} <= behind.keys()
        again = next(f for f in reversed(nouns) if article.w.bare[f.last] == "مياه")
        assert wording.shared(wording.around(again)[0], behind["مياه"]) > 0.5
        assert wording.shared(behind["مياه"], behind["حدود"]) < 0.5

    def test_each_event_told_before_has_all_features(self) -> None:
        _, article = read(PACTS)
        merger = article.merger()
        told: list[Cluster] = []
        for frame in (f for f in article.frames if f.type == "agreement"):
            rows = twins(merger, frame, told, told[-1] if told else None)
            assert [len(row) for row in rows] == [len(TWINS)] * len(told)
            if len(rows) > 1:
                totals = [row[TWINS.index("total")] for row in rows]
                leads = [row[TWINS.index("more total than others")] for row in rows]
                assert leads.index(max(leads)) == totals.index(max(totals))
            told.append(Cluster())
            merger.take(told[-1], frame)

    def test_mentions_of_one_event_are_more_alike_than_those_of_two(self) -> None:
        _, article = read(PACTS)
        sheet = article.sheet(event_model().encoder)
        assert sheet is not None
        frames = article.judgement(event_model(), sheet).judge(article.frames)
        told = {
            thing: [f for f in frames if f.type == "agreement" and article.w.bare[f.last : f.last + 1] == [thing]]
            for thing in ("مياه", "حدود")
        }
        assert len(told["مياه"]) > 1
        first, *again = told["مياه"]
        assert event_model().alike(first, again).min() > event_model().alike(first, told["حدود"]).max()

    def test_rounds_stay_apart(self) -> None:
        text = (
            "الكويت والأردن يعقدان الجولة الثالثة من المشاورات السياسية\n\n"
            "عقدت الكويت والأردن الجولة الثالثة من المشاورات السياسية في عمان يوم الأحد.\n"
            "ومن المقرر أن تعقد الجولة الرابعة من المشاورات في الكويت العام المقبل."
        )
        rounds = kx.extract(text, published="2024-05-13", nlp=pipeline()).events
        assert {(e.ordinal, e.date and e.date.value) for e in rounds} == {(3, "2024-05-12"), (4, "2025")}

    @pytest.mark.parametrize(
        ("text", "groups"),
        [
            (
                "اجتمع الوزير لويد أوستن بالملك عبد الله الثاني في عمان. ويتوجه غدا إلى أنقرة للاجتماع بالرئيس رجب طيب أردوغان.",
                [["اجتمع"], ["اجتماع"]],
            ),
            (
                "أجرى الوزير مايك بومبيو اجتماعا بالملك سلمان بن عبدالعزيز في الرياض. ويتوجه غدا إلى أنقرة للاجتماع بالرئيس رجب طيب أردوغان.",
                [["اجتماعا"], ["اجتماع:2"]],
            ),
            (
                "عقد الرئيس إيمانويل ماكرون لقاء مع الرئيس فلاديمير بوتين في باريس. وقال بوتين إن اللقاء مع ماكرون في باريس كان مثمرا.",
                [["لقاء", "اللقاء"]],
            ),
            ("عقد زعيما الكوريتين قمة في بيونغ يانغ، تليها قمة بين دونالد ترامب وكيم جونغ أون.", [["قمة"], ["قمة:2"]]),
            ("تعقد في بغداد قمة ثلاثية، تعقبها قمة بين العراق والأردن في عمان.", [["قمة"], ["قمة:2"]]),
            (
                "عقدت الدورة الخامسة للاجتماع الوزاري لمنتدى التعاون الروسي العربي في الرباط أمس.",
                [["الدورة", "اجتماع", "منتدى"]],
            ),
            (
                "انطلقت في جنيف الجولة الثالثة للمفاوضات بين الحكومة السورية والمعارضة.",
                [["الجولة", "مفاوضات"]],
            ),
            (
                "وصل وزير الخارجية الإيراني محمد جواد ظريف إلى بكين في سياق جولة لإنقاذ الاتفاق النووي.",
                [["وصل"], ["جولة"]],
            ),
            ("يزور وزير الخارجية الفرنسي جان إيف لودريان القاهرة في إطار جولة عربية.", [["يزور"], ["جولة"]]),
            ("بدأ الوزير مايك بومبيو جولة في المنطقة. وتستمر الجولة أسبوعا.", [["جولة", "الجولة"]]),
        ],
    )
    def test_grammar_holds_against_the_network(self, text: str, groups: list[list[str]]) -> None:
        events = kx.extract(text, published="2018-06-10", nlp=pipeline()).events
        seen = []
        for group in groups:
            ids = []
            for word in group:
                word, _, number = word.partition(":")
                at = [m.start() for m in re.finditer(word, text)][int(number or 1) - 1]
                ids += [e.id for e in events if any(t.start <= at < t.end for t in e.triggers)]
            assert len(set(ids)) == 1, (group, ids)
            seen += ids[:1]
        assert len(set(seen)) == len(groups)

    def test_who_fills_a_role_stands_in_it_once(self) -> None:
        text = (
            "اختتم وزير الدفاع الأميركي زيارته إلى بغداد\n\n"
            "اختتم وزير الدفاع الأميركي لويد أوستن زيارة إلى بغداد أمس.\n"
            "وقالت بغداد إن الزيارة ناجحة وإنها تعول على الزيارة في تعزيز التعاون."
        )
        visit = kx.extract(text, published="2024-05-13", nlp=pipeline()).events[0]
        assert [f.text for f in visit.roles.destination] == ["بغداد"]


class TestDays:
    @pytest.mark.parametrize(
        ("value", "when"),
        [
            ("2024-05-12", "today"),
            ("2024-05", "today"),
            ("2024-05-11", "past"),
            ("2024-05-13/2024-05-15", "future"),
            ("2024-05-10/2024-05-14", "today"),
            ("XXXX-05-12", "unknown"),
        ],
    )
    def test_days_and_publication(self, value: str, when: str) -> None:
        _, article = read(VISIT)
        assert article.calendar().when(value) == when

    def test_nothing_is_known_of_an_undated_page(self) -> None:
        _, article = read(VISIT, published=None)
        assert article.calendar().when("2024-05-12") == "unknown"

    def test_talks_are_on_the_day_of_their_visit(self) -> None:
        text = (
            "وصل وزير الدفاع الكويتي الشيخ عبدالله العلي إلى أنقرة يوم الاثنين 6 مايو 2024 في زيارة رسمية.\n"
            "ورافق الوزير وفد من كبار ضباط الجيش.\n"
            "وأجرى العلي مباحثات مع نظيره التركي يشار غولر."
        )
        record = kx.extract(text, published="2024-05-07", nlp=pipeline())
        days = {e.type: e.date.value for e in record.events if e.date}
        assert days == {"visit": "2024-05-06", "dialogue": "2024-05-06"}


class TestWithoutIt:
    def test_other_encoders_leave_the_rules_alone(self) -> None:
        doc, article = read(VISIT)
        encoded: Encoded = doc._.encoded
        doc._.encoded = encoded._replace(encoder="another@000000000000")
        assert article.sheet(event_model().encoder) is None

    def test_rules_alone_find_the_visit(self) -> None:
        record = kx.extract(VISIT, published="2024-05-12", nlp=kx.load(ner="none"))
        assert any(e.type == "visit" for e in record.events)
        assert not any(e.rule.endswith(".learnt") for e in record.events)


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return Path(shutil.copytree(model_folder("ar-news-events"), tmp_path / "model"))

    @pytest.mark.parametrize("file", ["model.onnx", "heads.npz"])
    def test_changed_file(self, folder: Path, file: str) -> None:
        content = bytearray((folder / file).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / file).write_bytes(content)
        with pytest.raises(ModelError, match=f"{file}.*damaged"):
            EventModel(ModelFolder(folder))

    def test_it_builds_on_the_recogniser_that_ships(self) -> None:
        assert event_model().encoder == ModelFolder(model_folder("ar-news-ner")).identity

    def test_both_models_are_small(self) -> None:
        files = (f for name in ("ar-news-ner", "ar-news-events") for f in model_folder(name).iterdir())
        assert sum(f.stat().st_size for f in files) <= 40_000_000

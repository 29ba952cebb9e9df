"""The scorer: what counts as right, and that it agrees with the reference scorer to the last count."""

from __future__ import annotations

import importlib.util
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from kwus_extract.evaluate import match_records, same, score, score_article
from kwus_extract.io.gold import Gold, load_gold, match_texts, sha256
from kwus_extract.io.read import Article
from kwus_extract.records import ArticleRecord

REFERENCE = Path(__file__).parents[2] / "shared" / "gold"

TEXT = (
    "وزير الدفاع يزور البحرين\n\n"
    "وصل وزير الدفاع عبدالله السالم إلى المنامة يوم 12 مارس 2021 في زيارة رسمية. "
    "والتقى السالم قائد القوة البحرية، ووقع الجانبان مذكرة تفاهم بين وزارة الدفاع والقوة البحرية."
)
GOLD: dict[str, Any] = {
    "doc": {"id": "a", "published": None, "sha256": sha256(TEXT)},
    "people": [{"names": ["عبدالله السالم", "السالم"], "position": "وزير الدفاع"}],
    "organizations": [{"names": ["وزارة الدفاع"]}, {"names": ["القوة البحرية"], "optional": True}],
    "dates": [{"text": "12 مارس 2021", "n": 1, "value": "2021-03-12"}],
    "events": [
        {
            "type": "visit",
            "status": "occurred",
            "triggers": [{"text": "زيارة", "n": 1}, {"text": "يزور", "n": 1}],
            "roles": {"visitor": [["عبدالله السالم"]], "destination": [["المنامة"], ["البحرين"]]},
            "dates": ["2021-03-12"],
        },
        {
            "type": "agreement",
            "status": "occurred",
            "triggers": [{"text": "مذكرة تفاهم", "n": 1}],
            "roles": {"party": [["وزارة الدفاع"], ["القوة البحرية"]]},
            "dates": [],
        },
    ],
}


def mention(text: str, n: int = 1, within: str = TEXT) -> dict[str, Any]:
    start = -1
    for _ in range(n):
        start = within.index(text, start + 1)
    return {"text": text, "start": start, "end": start + len(text)}


def record(doc_id: str = "a", text: str = TEXT, **fields: Any) -> ArticleRecord:
    return ArticleRecord.model_validate(
        {
            "doc_id": doc_id,
            "source": {"sha256": sha256(text)},
            "provenance": {"version": "0", "pipeline": "test", "model": "none", "config_sha256": "0"},
            **fields,
        }
    )


def visit(**fields: Any) -> dict[str, Any]:
    return {
        **{"id": "e1", "type": "visit", "status": "occurred", "rule": "test", "confidence": 1.0},
        **{"triggers": [mention("زيارة")], **fields},
    }


def test_what_the_gold_asks_for_is_counted_once() -> None:
    found = record(
        people=[{"id": "p1", "name": "السالم", "position": "وزير الدفاع"}],
        organizations=[{"id": "o1", "name": "القوة البحرية"}],
        dates=[{"id": "d1", **mention("12 مارس 2021"), "value": "2021-03-12", "basis": "explicit"}],
        events=[
            visit(
                roles={"visitor": [mention("عبدالله السالم")], "destination": [mention("المنامة")]},
                date={"value": "2021-03-12", "dates": ["d1"]},
            )
        ],
    )
    scores = score_article(Gold.model_validate(GOLD), TEXT, found)
    counts = {name: (count.tp, count.fp, count.fn) for name, count in scores.counts.items()}
    assert counts["people"] == (1, 0, 0)
    assert counts["organizations"] == (0, 0, 1)  # the optional one is neither asked for nor punished
    assert counts["dates"] == counts["date_spans"] == (1, 0, 0)
    assert counts["events"] == (1, 0, 1)
    assert counts["roles"] == (2, 0, 3)  # one destination, and the roles of the event that was missed
    assert {name: (ratio.right, ratio.of) for name, ratio in scores.ratios.items()} == {
        **{"status": (1, 1), "date": (1, 1), "position": (1, 1)}
    }


def test_an_event_in_the_same_sentence_needs_a_filler_in_common() -> None:
    gold = Gold.model_validate(GOLD)
    elsewhere = visit(triggers=[mention("وصل")])
    assert score_article(gold, TEXT, record(events=[elsewhere])).counts["events"].tp == 0
    elsewhere["roles"] = {"destination": [mention("المنامة")]}
    assert score_article(gold, TEXT, record(events=[elsewhere])).counts["events"].tp == 1


def test_no_record_misses_everything_and_says_so() -> None:
    scores = score([Gold.model_validate(GOLD)], {"a": TEXT}, {})
    assert scores.counts["events"].fn == 2
    assert scores.faults[0] == "a: no record"


@pytest.mark.parametrize(
    ("found", "form", "expected"),
    [
        ("الجيش الكويتي", "للجيش الكويتي", True),
        ("الولايات المتحدة", "الولايات المتحدة الأميركية", True),
        ("الكويت", "العراق", False),
        ("وزارة الدفاع", "وزارة الداخلية", False),
    ],
)
def test_names_that_say_the_same(found: str, form: str, expected: bool) -> None:
    assert same(found, [form]) is expected


def test_gold_finds_its_text_by_checksum_whatever_its_name() -> None:
    gold = Gold.model_validate(GOLD)
    assert match_texts([gold], [Article(id="other", text="غيره"), Article(id="x", text=TEXT)])["a"].id == "x"
    assert match_texts([gold], [Article(id="a", text=TEXT + " ")]) == {}


def test_gold_of_the_seeds_is_valid_and_stands_in_its_texts() -> None:
    for path, gold in load_gold(Path(__file__).parents[1] / "seeds"):
        beside = path.with_name(path.name.replace(".gold.json", ".txt"))
        if beside.exists():
            text = beside.read_bytes().decode("utf-8")
            assert gold.doc.sha256 in (None, sha256(text)), path.name
            for occurrence in (*gold.dates, *(trigger for event in gold.events for trigger in event.triggers)):
                assert occurrence.place(text), f"{path.name}: {occurrence.text!r} number {occurrence.n}"


@pytest.mark.skipif(not (REFERENCE / "score.py").exists(), reason="the reference scorer is not here")
@pytest.mark.parametrize("seed", range(12))
def test_it_agrees_with_the_reference_scorer(seed: int) -> None:
    spec = importlib.util.spec_from_file_location("reference", REFERENCE / "score.py")
    assert spec
    assert spec.loader
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    texts = {d["id"]: d for d in map(json.loads, (REFERENCE / "texts.jsonl").open(encoding="utf-8"))}
    golds = [gold for _, gold in load_gold(REFERENCE / "gold")]
    chance = random.Random(seed)
    records = [imagined(gold, texts[gold.doc.id]["text"], chance) for gold in golds if chance.random() < 0.9]
    expected, faults = reference.score(texts, REFERENCE / "gold", [r.model_dump(mode="json") for r in records])
    got = score(golds, {name: d["text"] for name, d in texts.items()}, {r.doc_id: r for r in records})
    figures = got.as_dict()
    for metric, values in expected.items():
        assert figures[metric] == values, metric
    assert len(got.faults) == len(faults)


def imagined(gold: Gold, text: str, chance: random.Random) -> ArticleRecord:
    """A record that is partly right: entries of the gold bent, dropped and doubled, and any words taken for names."""
    words = [{"text": m.group(), "start": m.start(), "end": m.end()} for m in re.finditer(r"\w+(?: \w+)?", text)]

    def some_place(forms: tuple[str, ...]) -> dict[str, Any]:
        form = chance.choice(forms)
        at = text.find(form)
        if at < 0 or chance.random() < 0.2:
            return dict(chance.choice(words))
        at_end = at + len(form)
        return {"text": form, "start": at, "end": at_end}

    def kept(entries: tuple[Any, ...]) -> list[Any]:
        return [entry for entry in entries if chance.random() < 0.8] + [e for e in entries if chance.random() < 0.1]

    people = [
        {
            "name": chance.choice(p.names),
            "position": p.position if chance.random() < 0.7 else chance.choice(words)["text"],
        }
        for p in kept(gold.people)
    ] + [{"name": chance.choice(words)["text"]} for _ in range(chance.randrange(3))]
    organizations = [{"name": chance.choice(o.names)} for o in kept(gold.organizations)]
    organizations += [{"name": chance.choice(words)["text"]} for _ in range(chance.randrange(3))]
    dates = []
    for date in kept(gold.dates):
        place = date.place(text) if chance.random() < 0.9 else None
        where = {"text": text[slice(*place)], "start": place[0], "end": place[1]} if place else chance.choice(words)
        dates.append({**where, "value": date.value if chance.random() < 0.8 else None, "basis": "explicit"})
    events = []
    for event in kept(gold.events):
        triggers = [t.place(text) or (0, 1) for t in event.triggers if chance.random() < 0.6] or [(0, 3)]
        roles: dict[str, list[Any]] = {
            role: [some_place(forms) for forms in fillers if chance.random() < 0.8]
            for role, fillers in event.roles.items()
        }
        events.append(
            {
                "type": event.type if chance.random() < 0.95 else "exercise",
                "status": event.status if chance.random() < 0.8 else "planned",
                "triggers": [{"text": text[a:b], "start": a, "end": b} for a, b in triggers],
                "roles": roles,
                "date": {"value": chance.choice(event.dates)} if event.dates and chance.random() < 0.8 else None,
                "rule": "test",
                "confidence": 0.5,
            }
        )
    for event in events:
        if event["type"] == "exercise":
            event["roles"] = {"location": [f for fillers in event["roles"].values() for f in fillers]}
    numbered = {
        name: [{"id": f"{name[0]}{i}", **entry} for i, entry in enumerate(entries)]
        for name, entries in (
            ("people", people),
            ("organizations", organizations),
            ("dates", dates),
            ("events", events),
        )
    }
    return record(gold.doc.id, text, **numbered)


def test_records_are_found_by_their_text_and_then_by_their_id() -> None:
    golds = [Gold.model_validate({"doc": {"id": name}}) for name in ("a", "b", "c", "d")]
    texts = {"a": "أ", "b": "ب", "c": "ج", "d": "ب"}
    records = [record("b", "أ"), record("feed-2", "ب"), record("c", "ج لا"), record("d", "ب")]
    found = match_records(golds, texts, records)
    assert found == {"a": records[0], "b": records[1], "c": records[2], "d": records[3]}
    assert match_records(golds, texts, records[:1]) == {"a": records[0], "b": records[0]}
    assert match_records(golds[2:], texts, records[:1]) == {}

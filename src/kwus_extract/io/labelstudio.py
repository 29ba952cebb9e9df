"""Label Studio: tasks as JSON, with predictions (what a pipeline found) or annotations (what people marked).

Regions are results of type ``labels``, what is chosen and written for one stands in ``choices`` and ``textarea`` results
with its id, links are ``relation`` results. ``interface`` is the labelling configuration that shows it all.

Offsets are code points, as Label Studio has counted them since its version 1.4; before that it counted units of
UTF-16, so that after an emoji all was shifted. A region whose characters stand at its offsets only when those are
counted so is read accordingly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from kwus_extract.errors import ConfigError
from kwus_extract.io.annotation import (
    ALIAS,
    ATTRIBUTION,
    CHOICES,
    ENTITIES,
    EVENTS,
    FIELDS,
    ROLES,
    TRIGGER,
    Annotated,
    Link,
    Region,
)

_LABELS = (*ENTITIES, "Date", *EVENTS)


def task(article: Annotated) -> dict[str, Any]:
    """The article as a task: predictions, or annotations where people have checked it."""
    results = [*_regions(article), *_links(article)]
    data = {"text": article.text, "id": article.id, "published": article.published}
    if article.made_by is None:
        return {"data": data, "annotations": [{"result": results, "ground_truth": True}]}
    return {"data": data, "predictions": [{"model_version": article.made_by, "result": results}]}


def read_tasks(path: Path) -> list[Annotated]:
    """The annotated articles of an export in JSON; tasks that nobody has annotated are left out.

    Of several annotations of a task the one marked as ground truth is taken, else the last. Raises ConfigError.
    """
    try:
        tasks = json.loads(path.read_bytes())
        if not isinstance(tasks, list):
            raise ConfigError(f"{path}: not a list of tasks")
        articles = []
        for number, item in enumerate(tasks, start=1):
            done = [one for one in item.get("annotations", ()) if not one.get("was_cancelled")]
            if done:
                chosen = next((one for one in done if one.get("ground_truth")), done[-1])
                articles.append(_read(item["data"], chosen["result"], f"{path}: task {number}"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: not an export of Label Studio: {error!r}") from None
    if not articles:
        raise ConfigError(f"{path}: no task of it is annotated")
    return articles


def interface() -> str:
    """The labelling configuration for these tasks, in Label Studio's XML."""
    lines = ["<View>", "  <Style>.htx-text { white-space: pre-wrap; direction: rtl; text-align: right; }</Style>"]
    lines.append('  <Labels name="label" toName="text">')
    lines += [f"    <Label value={quoteattr(label)}/>" for label in _LABELS]
    lines += ["  </Labels>", '  <Text name="text" value="$text"/>', "  <Relations>"]
    roles = dict.fromkeys(role for event in EVENTS for role in ROLES[event])
    lines += [f"    <Relation value={quoteattr(name)}/>" for name in (*roles, ATTRIBUTION, TRIGGER, ALIAS)]
    lines.append("  </Relations>")
    when = 'toName="text" perRegion="true" visibleWhen="region-selected" whenTagName="label" whenLabelValue='
    for name, (labels, values) in CHOICES.items():
        lines.append(f"  <Header value={quoteattr(name)}/>")
        lines.append(f"  <Choices name={quoteattr(name)} {when}{quoteattr(','.join(labels))}>")
        lines += [f"    <Choice value={quoteattr(value)}/>" for value in values]
        lines.append("  </Choices>")
    for name, labels in FIELDS.items():
        extra = f'placeholder={quoteattr(name)} editable="true"'
        lines.append(f"  <TextArea name={quoteattr(name)} {when}{quoteattr(','.join(labels))} {extra}/>")
    return "\n".join([*lines, "</View>", ""])


def _regions(article: Annotated) -> Iterator[dict[str, Any]]:
    for region in article.regions:
        place = {"start": region.start, "end": region.end}
        text = article.text[region.start : region.end]

        def result(name: str, kind: str, value: dict[str, Any], id: str = region.id) -> dict[str, Any]:
            return {"id": id, "from_name": name, "to_name": "text", "type": kind, "value": value}

        yield result("label", "labels", {**place, "text": text, "labels": [region.label]})
        for name, choice in region.choices.items():
            yield result(name, "choices", {**place, "choices": [choice]})
        for name, written in region.fields.items():
            yield result(name, "textarea", {**place, "text": written})


def _links(article: Annotated) -> Iterator[dict[str, Any]]:
    for link in article.links:
        ends = {"from_id": link.source, "to_id": link.target}
        yield {**ends, "type": "relation", "direction": "right", "labels": [link.label]}


def _read(data: dict[str, Any], results: Iterable[dict[str, Any]], where: str) -> Annotated:
    text = data["text"]
    article = Annotated(str(data.get("id", where)), text, data.get("published"))
    regions: dict[str, Region] = {}
    for result in results:
        value = result.get("value", {})
        if result["type"] == "labels" and value.get("labels"):
            start, end = _place(value, text, where)
            regions[result["id"]] = Region(result["id"], value["labels"][0], start, end)
            article.regions.append(regions[result["id"]])
    for result in results:
        value = result.get("value", {})
        if result["type"] == "relation":
            source, target = result["from_id"], result["to_id"]
            if result.get("direction") == "left":
                source, target = target, source
            if source in regions and target in regions:
                article.links += [Link(label, source, target) for label in result.get("labels") or (ALIAS,)]
        elif (region := regions.get(result["id"])) and result["type"] == "choices" and value["choices"]:
            region.choices[result["from_name"]] = value["choices"][0]
        elif region and result["type"] == "textarea":
            written = value["text"]
            region.fields[result["from_name"]] = [written] if isinstance(written, str) else list(written)
    return article


def _place(value: dict[str, Any], text: str, where: str) -> tuple[int, int]:
    start, end = int(value["start"]), int(value["end"])
    said = value.get("text")
    if said is None:
        return start, end
    units = text.encode("utf-16-le")
    older = (len(units[: 2 * at].decode("utf-16-le", "ignore")) for at in (start, end))
    for low, high in ((start, end), tuple(older)):
        if _plain(text[low:high]) == _plain(said):
            return low, high
    raise ConfigError(f"{where}: at {start} stands {text[start:end]!r}, not {said!r}")


def _plain(text: str) -> str:
    """What can be compared: the tool trims white space and writes a line end as a backslash and an n."""
    return "".join(text.replace("\\n", " ").split())

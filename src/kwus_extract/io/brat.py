"""brat's standoff format: ``NAME.txt`` with the text as it is, ``NAME.ann`` with what is marked in it.

Regions are text-bound annotations, an event is an ``E`` line on its trigger with its roles as arguments, other triggers
and other forms of a name are relations, what is chosen stands in attributes and what is written in notes (as JSON).
``NAME.meta.json`` keeps the id and the date, as beside any article. Offsets are code points, as brat counts them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from kwus_extract.errors import ConfigError
from kwus_extract.io.annotation import (
    ALIAS,
    ATTRIBUTION,
    CHOICES,
    ENTITIES,
    EVENTS,
    ROLES,
    TRIGGER,
    Annotated,
    Link,
    Region,
)

_NAME_BYTES = 120
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BREAK = "[\\n\\r\\u2028\\u2029\\x0b\\x0c\\x85\\x1c-\\x1e]"


def file_name(doc_id: str, taken: set[str]) -> str:
    """A name for the files of an article that no system can take for anything else; ``taken`` gets it.

    Letters, digits and ``. _ -`` stay, everything else becomes ``_``; a name that had to change, or that there is
    already (whatever the case of its letters), ends in a part of the id's checksum.

    >>> file_name("a-1", set()), file_name("../etc/passwd", set())
    ('a-1', 'etc_passwd-7fef78f5')
    """
    name = re.sub(r"[^\w.-]+", "_", doc_id).strip("._-")
    name = name.encode()[:_NAME_BYTES].decode("utf-8", "ignore")
    if name != doc_id or not name or name.casefold() in taken or _RESERVED.fullmatch(name):
        name = f"{name or 'article'}-{hashlib.sha256(doc_id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    taken.add(name.casefold())
    return name


def write_brat(articles: Iterable[Annotated], folder: Path) -> int:
    """Write the articles and brat's ``annotation.conf`` into a folder; returns how many there were."""
    taken: set[str] = set()
    number = 0
    (folder / "annotation.conf").write_text(_configuration(), encoding="utf-8")
    for number, article in enumerate(articles, start=1):  # noqa: B007
        path = folder / file_name(article.id, taken)
        Path(f"{path}.txt").write_bytes(article.text.encode())
        Path(f"{path}.ann").write_text(_lines(article), encoding="utf-8", newline="\n")
        meta = {"id": article.id, "published": article.published}
        Path(f"{path}.meta.json").write_text(json.dumps(meta, ensure_ascii=False) + "\n", encoding="utf-8")
    return number


def read_brat(folder: Path) -> list[Annotated]:
    """Every annotated article below a folder, by name. Raises ConfigError naming file and line."""
    articles = []
    for path in sorted(folder.rglob("*.ann")):
        try:
            text = path.with_suffix(".txt").read_bytes().decode()
            meta = json.loads(_beside(path).read_bytes()) if _beside(path).exists() else {}
            article = Annotated(meta.get("id", path.stem), text, meta.get("published"))
            _read(path.read_bytes().decode(), article)
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from None
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from None
        articles.append(article)
    if not articles:
        raise ConfigError(f"{folder}: there is no .ann file in it")
    return articles


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.meta.json")


def _lines(article: Annotated) -> str:
    lines = []
    numbers = count(1)
    marks = {region.id: f"T{number}" for number, region in enumerate(article.regions, start=1)}
    named = dict(marks)
    for region in article.regions:
        lines.append(f"{marks[region.id]}\t{region.label} {_offsets(region, article.text)}")
        if region.label in EVENTS:
            named[region.id] = f"E{next(numbers)}"
    relations = []
    for region in article.regions:
        if region.label in EVENTS:
            arguments = [f"{region.label}:{marks[region.id]}"]
            filled: dict[str, int] = {}
            for link in article.links:
                if link.source == region.id and link.label not in (ALIAS, TRIGGER):
                    filled[link.label] = nth = filled.get(link.label, 0) + 1
                    arguments.append(f"{link.label}{nth if nth > 1 else ''}:{named[link.target]}")
            lines.append(f"{named[region.id]}\t{' '.join(arguments)}")
    for link in article.links:
        if link.label in (ALIAS, TRIGGER):
            relations.append(f"{link.label} Arg1:{named[link.source]} Arg2:{named[link.target]}")
    lines += [f"R{number}\t{relation}" for number, relation in enumerate(relations, start=1)]
    chosen = [
        f"{name} {named[region.id]}{f' {value}' if len(CHOICES[name][1]) > 1 else ''}"
        for region in article.regions
        for name, value in region.choices.items()
    ]
    lines += [f"A{number}\t{choice}" for number, choice in enumerate(chosen, start=1)]
    notes = [
        f"AnnotatorNotes {named[region.id]}\t{json.dumps(region.fields, ensure_ascii=False)}"
        for region in article.regions
        if region.fields
    ]
    lines += [f"#{number}\t{note}" for number, note in enumerate(notes, start=1)]
    return "".join(f"{line}\n" for line in lines)


def _offsets(region: Region, text: str) -> str:
    """The place of a region and its characters; brat has no region across a line end, so it is cut there."""
    pieces = [
        (region.start + match.start(), region.start + match.end())
        for match in re.finditer(f"(?:(?!{_BREAK}).)+", text[region.start : region.end], re.DOTALL)
    ]
    places = ";".join(f"{start} {end}" for start, end in pieces) or f"{region.start} {region.end}"
    return f"{places}\t{' '.join(text[start:end] for start, end in pieces)}"


def _read(lines: str, article: Annotated) -> None:
    regions: dict[str, Region] = {}
    triggers: dict[str, tuple[str, Region]] = {}
    arguments: list[tuple[str, str, Region]] = []
    later: list[tuple[int, str, str]] = []
    for number, line in enumerate(lines.split("\n"), start=1):
        identifier, _, rest = line.partition("\t")
        if identifier.startswith("T"):
            regions[identifier] = _region(identifier, rest, number, article.text)
        elif identifier:
            later.append((number, identifier, rest))
    for number, identifier, rest in later:
        if identifier.startswith("E"):
            (label, trigger), *filled = (part.partition(":")[::2] for part in rest.split())
            if trigger not in regions:
                raise ConfigError(f"line {number}: {identifier} has no trigger {trigger!r}")
            marked = regions[trigger]
            # Several events can stand on one trigger; here each of them is a region of its own.
            region = Region(identifier, label, marked.start, marked.end)
            triggers[identifier] = (trigger, region)
            arguments += [(role, target, region) for role, target in filled]
    ids = {**regions, **{identifier: region for identifier, (_, region) in triggers.items()}}
    on_trigger = {trigger for trigger, _ in triggers.values()}
    article.regions = [
        *(region for identifier, region in regions.items() if identifier not in on_trigger),
        *(region for _, region in triggers.values()),
    ]
    article.regions.sort(key=lambda region: (region.id[0] != "T", int(re.sub(r"\D", "", region.id) or 0)))

    def known(identifier: str, number: int) -> Region:
        if identifier not in ids:
            raise ConfigError(f"line {number}: there is no {identifier!r}")
        return ids[identifier]

    for role, target, region in arguments:
        article.links.append(Link(role.rstrip("0123456789"), region.id, known(target, 0).id))
    for number, identifier, rest in later:
        if identifier.startswith("E"):
            continue
        kind, target, *value = (*rest.split("\t")[0].split(), "", "")
        if identifier.startswith("R"):
            pair = [part.partition(":")[2] for part in (target, value[0])]
            article.links.append(Link(kind, known(pair[0], number).id, known(pair[1], number).id))
        elif identifier == "*":
            same = [known(each, number).id for each in (target, *filter(None, value))]
            article.links += [Link(ALIAS, same[0], other) for other in same[1:]]
        elif identifier[0] in "AM":
            known(target, number).choices[kind] = value[0] or "yes"
        elif identifier.startswith("#") and kind == "AnnotatorNotes":
            known(target, number).fields |= _note(rest.partition("\t")[2], number)
    for region in ids.values():
        if region.id in on_trigger and region.choices:  # what was said of the trigger is said of its events
            for trigger, event in triggers.values():
                if trigger == region.id:
                    event.choices = region.choices | event.choices


def _region(identifier: str, rest: str, number: int, text: str) -> Region:
    try:
        label, _, places = rest.split("\t")[0].partition(" ")
        bounds = [int(bound) for bound in re.split("[ ;]", places)]
        start, end = min(bounds), max(bounds)
    except ValueError:
        raise ConfigError(f"line {number}: {identifier} has no place") from None
    said = rest.partition("\t")[2]
    if not 0 <= start < end <= len(text) or _plain(text[start:end]) != _plain(said):
        raise ConfigError(f"line {number}: {identifier} at {start} is {text[start:end]!r} in the text, not {said!r}")
    return Region(identifier, label, start, end)


def _plain(text: str) -> str:
    return " ".join(_LINE_END.sub(" ", text).split())


def _note(note: str, number: int) -> dict[str, list[str]]:
    """What a note says: a JSON object of lists or texts; any other note is between people, and passed over."""
    if not note.lstrip().startswith("{"):
        return {}
    try:
        said = json.loads(note)
    except json.JSONDecodeError as error:
        raise ConfigError(f"line {number}: the note is not JSON: {error.msg}") from None
    return {name: [value] if isinstance(value, str) else [str(each) for each in value] for name, value in said.items()}


def _configuration() -> str:
    """brat's ``annotation.conf``: what can be marked and linked."""
    fillers = "|".join(ENTITIES)
    lines = ["[entities]", *ENTITIES, "Date", "", "[relations]"]
    lines.append(f"{ALIAS}\tArg1:<ENTITY>, Arg2:<ENTITY>")
    lines.append(f"{TRIGGER}\tArg1:<EVENT>, Arg2:<EVENT>")
    lines += ["", "[events]"]
    for event in EVENTS:
        roles = [f"{role}*:{fillers}" for role in ROLES[event]] + [f"{ATTRIBUTION}?:{fillers}"]
        lines.append(f"{event}\t{', '.join(roles)}")
    lines += ["", "[attributes]"]
    for name, (labels, values) in CHOICES.items():
        value = f", Value:{'|'.join(values)}" if len(values) > 1 else ""
        lines.append(f"{name}\tArg:{'|'.join(labels)}{value}")
    return "\n".join([*lines, ""])

"""Whether a mention is of an event told before, as the network's last head sees it.

The slots of `merge` say how far a mention agrees with an event; where the network was asked, a small head trained on
annotated articles weighs them, with how the two refer and how alike the network finds their words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kwus_extract.events.frames import Frame
from kwus_extract.events.rules import MAIN_ROLES, TYPES

if TYPE_CHECKING:
    from kwus_extract.events.merge import Cluster, Merger

SLOTS = ("kinds", "reference", "places", "sides", "times", "outcome")
TWINS = (
    *(f"{slot} {what}" for slot in SLOTS for what in ("score", "never")), "total",
    *TYPES, "verb", "first verb", "article", "definite", "demonstrative", "owned", "another", "title", "told in title",
    "same noun", "same rule", "same family", "learnt", "adjacent", "same sentence", "next sentence", "near", "distance",
    "told last", "told first", "only one", "size", "shared sides", "sides left", "sides right", "no sides", "none told",
    "shared places", "other places", "no place", "same date", "other date", "no date", "no date told",
    "same status", "planned and occurred", "like last", "like first", "like nearest", "ordinal", "name",
)  # fmt: skip


def twin(merger: Merger, cluster: Cluster, frame: Frame, told: list[Cluster], latest: Cluster | None) -> list[float]:
    """Features of an event and a mention of its type, as named in `TWINS`; ``told`` are all events of the type."""
    w = merger.w
    scores = [getattr(merger, f"_{slot}")(cluster, frame) for slot in SLOTS]
    slots = [x for s in scores for x in (max(min(s, 4.0), -4.0) / 4, float(s < -50))]
    last, first = cluster.frames[-1], cluster.frames[0]
    apart = w.sentence[frame.first] - w.sentence[last.first]
    mine, theirs = merger._mine(frame), merger._told(cluster)
    degrees, left, right = merger._match(mine, theirs)
    here = {merger.key(p) for role in ("destination", "location") for p in frame.roles.get(role, ())}
    there = {k for role in ("destination", "location") for k in cluster.roles.get(role, {})}
    dates, known = set(merger.dates(frame)), cluster.said["date"]
    main = MAIN_ROLES[frame.type]
    status = cluster.status()[0]
    likes = [_like(frame, f) for f in cluster.frames]
    root = frame.entry.words[0].removeprefix("ال")[:4]
    return [
        *slots,
        max(min(sum(scores), 8.0), -8.0) / 8,
        *(float(frame.type == t) for t in TYPES),
        float(frame.entry.kind == "verb"),
        float(first.entry.kind == "verb"),
        float(frame.article),
        float(frame.definite),
        float(frame.demonstrative),
        float(frame.entry.owner is not None),
        float(frame.another),
        float(frame.title),
        float(cluster.title),
        float(root in cluster.said["noun"]),
        float(any(f.rule.id == frame.rule.id for f in cluster.frames)),
        float(any(f.subtype == frame.subtype for f in cluster.frames)),
        float(frame.rule.id.endswith(".learnt")),
        float(0 <= frame.first - last.last <= 2),
        float(apart == 0),
        float(apart == 1),
        float(2 <= apart <= 3),
        min(apart, 12) / 12,
        float(cluster is latest),
        float(cluster is told[0]),
        float(len(told) == 1),
        min(len(cluster.frames), 5) / 5,
        min(sum(degrees), 3) / 3,
        min(len(left), 3) / 3,
        min(len(right), 3) / 3,
        float(not frame.roles.get(main)),
        float(not cluster.roles.get(main)),
        float(bool(here & there)),
        float(bool(here and there and not here & there)),
        float(not here or not there),
        float(bool(dates & known)),
        float(bool(dates and known and not dates & known)),
        float(not dates),
        float(not known),
        float(frame.status == status),
        float({frame.status, status} == {"planned", "occurred"}),
        likes[-1],
        likes[0],
        max(likes),
        float(frame.ordinal is not None and frame.ordinal == cluster.ordinal),
        float(bool(frame.named) and frame.named in cluster.said["name"]),
    ]


def _like(a: Frame, b: Frame) -> float:
    """The cosine of two mentions' vectors."""
    if a.vector is None or b.vector is None:
        return 0.0
    return float(a.vector @ b.vector / (np.linalg.norm(a.vector) * np.linalg.norm(b.vector)))

"""How likely an event is to be right: a logistic regression over what its record holds and the network's own chance.

The weights are in `rules/confidence.yaml`, one table for events of the rules alone (`benchmarks/calibrate.py` fits it) and one
for those that the network was asked about (`models/ar-news-events/second.py`); both say how well the chances hold on articles
that were not learnt from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from kwus_extract.events.merge import Cluster
from kwus_extract.events.rules import MAIN_ROLES, index
from kwus_extract.resources import parse


def features(kind: str, rule: str, roles: Mapping[str, Any], mentions: int, *, dated: bool, status: str) -> list[str]:
    """What is known of an event, as names of weights.

    >>> features("visit", "visit.go", {"visitor": ["x"], "destination": ["y"]}, 2, dated=False, status="occurred")
    ['visit', '1 main', '1 other', '2 mentions', 'verb', 'occurred']
    """
    main = len(roles.get(MAIN_ROLES[kind], ()))
    other = sum(bool(fillers) for role, fillers in roles.items() if role != MAIN_ROLES[kind])
    found = [kind, f"{min(main, 2)} main", f"{min(other, 2)} other", f"{min(mentions, 3)} mentions"]
    if rule in index().rules and index().rules[rule].verbs:
        found.append("verb")
    if dated:
        found.append("dated")
    return [*found, status]


@lru_cache(maxsize=1)
def _weights() -> dict[str, dict[str, float]]:
    text = files("kwus_extract.rules").joinpath("confidence.yaml").read_text("utf-8")
    return parse(text, dict[str, dict[str, float]], name="confidence.yaml")


def log_odds(chance: float) -> float:
    """Of a probability, kept within what a model can know.

    >>> round(log_odds(0.5), 2), round(log_odds(1.0), 2)
    (0.0, 4.6)
    """
    chance = min(max(chance, 0.01), 0.99)
    return math.log(chance / (1 - chance))


def chance(known: list[str], network: float | None = None) -> float:
    """The probability that an event with these features is right; `network` is the surest of its mentions' chances."""
    table = _weights()["rules" if network is None else "network"]
    sum_ = table["bias"] + sum(table.get(name, 0.0) for name in known)
    if network is not None:
        sum_ += table["log odds"] * log_odds(network)
    return 1 / (1 + math.exp(-sum_))


def said(cluster: Cluster) -> list[str]:
    """The features of an event, from what its mentions say together."""
    lead = max(cluster.frames, key=lambda f: (len(f.roles), -f.first))
    dated = any(f.dates for f in cluster.frames) if cluster.days is None else bool(cluster.days)
    status, _ = cluster.status()
    return features(cluster.type, lead.rule.id, cluster.roles, len(cluster.frames), dated=dated, status=status)


def sure(cluster: Cluster) -> float:
    """The probability that an event is right."""
    return chance(said(cluster), cluster.chance)

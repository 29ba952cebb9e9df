"""How likely an event is to be right: a logistic regression over what its record holds, learnt from annotated articles.

`benchmarks/calibrate.py` fits the weights of `rules/confidence.yaml` and says how well the chances hold on articles
that were not learnt from.
"""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.resources import files
from typing import Any

from kwus_extract.events.rules import MAIN_ROLES, index
from kwus_extract.resources import parse


def features(kind: str, rule: str, roles: dict[str, Any], mentions: int, *, dated: bool, status: str) -> list[str]:
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
def _weights() -> dict[str, float]:
    text = files("kwus_extract.rules").joinpath("confidence.yaml").read_text("utf-8")
    return parse(text, dict[str, float], name="confidence.yaml")


def chance(known: list[str]) -> float:
    """The probability that an event with these features is right."""
    table = _weights()
    return 1 / (1 + math.exp(-table["bias"] - sum(table.get(name, 0.0) for name in known)))

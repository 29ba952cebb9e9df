"""The network: a few transformer layers over the encoder's vectors of marked words, and small heads over theirs.

The heads say of each word whether it tells of an event and of which type; of each mention whether it stands, its
status, who and what fills its slots, and with which of the mentions before it it is of one event.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from kwus_extract.events.model import LINKS, MARKS, MENTION, PAIR, STATUSES
from kwus_extract.events.rules import TYPES

ENCODER = Path(__file__).parents[1] / "ar-news-ner"
sys.path.append(str(ENCODER))

from network import load_tagger  # noqa: E402

HIDDEN, WIDTH = 384, 128


class EventNet(nn.Module):
    """Layers and heads; `layers` are copied from the encoder's own last ones."""

    def __init__(self, layers: list[nn.Module], dropout: float = 0.3):
        super().__init__()
        self.mark = nn.Linear(len(MARKS), HIDDEN, bias=False)
        nn.init.normal_(self.mark.weight, std=0.02)
        self.layers = nn.ModuleList(layers)
        self.drop = nn.Dropout(dropout)
        self.trig = nn.Linear(HIDDEN, 1 + len(TYPES))
        self.t, self.c, self.f = nn.Linear(HIDDEN, WIDTH), nn.Linear(2 * HIDDEN, WIDTH), nn.Linear(len(PAIR), WIDTH)
        self.o1, self.o2 = nn.Linear(4 * WIDTH, WIDTH), nn.Linear(WIDTH, len(LINKS))
        self.s1, self.s2 = nn.Linear(HIDDEN + len(MENTION), WIDTH), nn.Linear(WIDTH, len(STATUSES))
        self.m1, self.m2 = nn.Linear(HIDDEN + len(MENTION), WIDTH), nn.Linear(WIDTH, 1)
        self.j, self.p1, self.p2 = nn.Linear(HIDDEN, WIDTH), nn.Linear(4 * WIDTH + 1, WIDTH), nn.Linear(WIDTH, 1)

    def encode(self, shared: Tensor, marks: Tensor, mask: Tensor) -> Tensor:
        """(windows, kept, hidden) from the encoder's vectors and the marks of the words."""
        x = shared + self.mark(marks)
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def triggers(self, words: Tensor) -> Tensor:
        """Scores of no event and of each type, (words, 1 + types)."""
        scores: Tensor = self.trig(self.drop(words))
        return scores

    def links(self, told: Tensor, filler: Tensor, known: Tensor) -> Tensor:
        """Scores of each link between mentions and candidates, (pairs, links)."""
        t, c, f = torch.relu(self.t(told)), torch.relu(self.c(filler)), torch.relu(self.f(known))
        joined = self.drop(torch.cat([t, c, t * c, f], 1))
        scores: Tensor = self.o2(self.drop(torch.relu(self.o1(joined))))
        return scores

    def status(self, told: Tensor, known: Tensor) -> Tensor:
        """Scores of each status, (mentions, statuses)."""
        scores: Tensor = self.s2(self.drop(torch.relu(self.s1(torch.cat([told, known], 1)))))
        return scores

    def stands(self, told: Tensor, known: Tensor) -> Tensor:
        """Scores of telling of an event, (mentions,)."""
        scores: Tensor = self.m2(self.drop(torch.relu(self.m1(torch.cat([told, known], 1)))))[:, 0]
        return scores

    def same(self, told: Tensor, before: Tensor, apart: Tensor) -> Tensor:
        """Scores of being one event with a mention told before, `apart` words away, (pairs,)."""
        x, y = torch.relu(self.j(told)), torch.relu(self.j(before))
        joined = torch.cat([x, y, x * y, (x - y).abs(), torch.log1p(apart)[:, None] / 6], 1)
        scores: Tensor = self.p2(self.drop(torch.relu(self.p1(self.drop(joined)))))[:, 0]
        return scores


def start(path: Path, layers: int, dropout: float) -> EventNet:
    """A network whose layers are the last ones of an encoder's weights."""
    return EventNet(list(load_tagger(path, dropout=dropout).layers)[-layers:])

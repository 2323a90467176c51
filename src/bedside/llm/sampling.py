"""The next token of each row: greedy, or drawn with a temperature and a nucleus, from the row's own generator."""

from __future__ import annotations

import random
from typing import NamedTuple

import torch

__all__ = ["Choice", "choose"]


class Choice(NamedTuple):
    """How a row draws: temperature 0 is greedy; `top_p` is the mass of the nucleus (Holtzman et al. 2020)."""

    temperature: float
    top_p: float
    source: random.Random


def choose(logits: torch.Tensor, choices: list[Choice]) -> list[int]:
    """A token for each row of (rows, vocabulary)."""
    best: list[int] = logits.argmax(dim=-1).tolist()
    drawn = [row for row, choice in enumerate(choices) if choice.temperature > 0]
    if not drawn:
        return best
    heat = torch.tensor([choices[row].temperature for row in drawn], device=logits.device)
    mass = torch.tensor([choices[row].top_p for row in drawn], device=logits.device)
    mine = logits if len(drawn) == len(choices) else logits[drawn]
    shares, tokens = torch.softmax(mine.float() / heat[:, None], dim=-1).sort(dim=-1, descending=True)
    before = shares.cumsum(dim=-1) - shares
    kept = torch.where(before < mass[:, None], shares, 0.0)
    upto = kept.cumsum(dim=-1)
    points = torch.tensor([choices[row].source.random() for row in drawn], device=logits.device)
    places = torch.searchsorted(upto, (points * upto[:, -1])[:, None], right=True)
    # Rounding may put a point on the very end: the last token that has a share then.
    last = (kept > 0).sum(dim=-1, keepdim=True) - 1
    found = tokens.gather(1, torch.minimum(places, last)).squeeze(1).tolist()
    for row, token in zip(drawn, found, strict=True):
        best[row] = token
    return best

"""Packs hold every text once and whole, each token sees its own text alone, and other models are read in full."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bedside.llm import likelihood, local_path, packing
from bedside.llm.continuations import Row, rows_of
from bedside.llm.local import load_tokenizer
from bedside.llm.packing import SHORTEST_SHARED, Pack, common, pack
from tests.llm.test_likelihood import derived, models, questions

BEGINNINGS = [list(range(n)) for n in (0, 7, 8, 20, 21)]


@given(st.lists(st.tuples(st.sampled_from(BEGINNINGS), st.lists(st.integers(0, 2), min_size=1, max_size=12))))
def test_every_text_stands_in_the_pack(parts: list[tuple[list[int], list[int]]]) -> None:
    texts = sorted({(*begins, *ends) for begins, ends in parts})
    read = pack(texts)
    positions = read.positions()
    assert len(read.ids) == len(positions) == sum(s.stop - s.start for s in read.segments)
    for number, text in enumerate(texts):
        places = [read.where(number, place) for place in range(len(text))]
        assert tuple(read.ids[place] for place in places) == text
        assert [positions[place] for place in places] == list(range(len(text)))
        assert seen_by(read, places[-1]) == sorted(places), "the last token sees its own text, and nothing else"


def seen_by(read: Pack, place: int) -> list[int]:
    """The places that a token sees, read off the segments; the mask of the whole pack must say the same."""
    number = next(n for n, s in enumerate(read.segments) if s.start <= place < s.stop)
    keys = [key for way in read.ways[number] for key in range(way.start, way.stop)]
    mask, own = read.ends[number], place - read.segments[number].start
    seen = keys[: own + 1] if mask is None else [k for k, yes in zip(keys, mask[own], strict=True) if yes]
    assert sorted(seen) == read.whole[place].nonzero().flatten().tolist()
    return sorted(seen)


def test_beginnings_are_read_once() -> None:
    tokenizer = load_tokenizer(local_path("clinic"))
    rows, _ = rows_of(tokenizer, questions(), 256)
    texts = sorted(row.ids for row in rows)
    # Letters take one row each and words one row an option: 5 x (1 + 1 + 3), and 3 for the last.
    assert len(texts) == 5 * 5 + 3
    once = len(texts[0]) + sum(len(right) - common(left, right) for left, right in pairwise(texts))
    read = len(pack(texts).ids)
    # What begins alike is read again only where fewer tokens are shared than a segment is worth.
    assert once <= read < once + SHORTEST_SHARED * len(texts)
    assert read < 0.45 * sum(map(len, texts))


@pytest.mark.parametrize("name", ["llama", "mistral", "qwen3", "gemma3", "gpt2"])
def test_these_models_are_packed(name: str) -> None:
    windows = {"mistral": 4096, "gemma3": 512}
    assert likelihood._Reader(models()[name]).window() == windows.get(name, float("inf"))


def test_one_large_step_gives_what_the_small_ones_give() -> None:
    torch.manual_seed(0)
    read = pack(sorted([(*range(20), n, *range(n)) for n in range(4)] + [(9, 9, 9)]))
    query, key, value = (torch.randn(1, heads, len(read.ids), 8) for heads in (4, 2, 2))
    how = {"scale": 0.3, "enable_gqa": True}
    small, large = (step(read, query, key, value, how) for step in (packing._in_segments, packing._at_once))
    assert torch.allclose(small, large, atol=1e-6)
    assert small.std() > 0.1


def test_soft_caps_and_sinks_are_refused() -> None:
    given = torch.zeros(1, 1, 1, 1)
    for more in ({"softcap": 50.0}, {"s_aux": torch.zeros(4)}):
        with pytest.raises(NotImplementedError):
            packing._attend(torch.nn.Identity(), given, given, given, None, **more)


@pytest.mark.parametrize("reason", ["stateful", "window", "differs", "raises"])
def test_other_models_read_every_row_in_full(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = load_tokenizer(local_path("clinic"))
    model, asked = models()["llama"], questions()[:6]
    expected = likelihood.log_likelihoods(model, tokenizer, asked, 4).values
    if reason == "stateful":
        monkeypatch.setattr(type(model), "_is_stateful", True)
    elif reason == "window":
        model.config.sliding_window = 5
    elif reason == "differs":
        monkeypatch.setattr(packing, "_attend", blind)
    else:
        monkeypatch.setattr(packing, "_attend", refusing)
    read: list[int] = []
    in_full = likelihood._Reader.in_full

    def counted(self: Any, batch: list[Row]) -> likelihood.Values:
        read.append(len(batch))
        return in_full(self, batch)

    monkeypatch.setattr(likelihood._Reader, "in_full", counted)
    for one, other in zip(expected, likelihood.log_likelihoods(model, tokenizer, asked, 4).values, strict=True):
        assert one == pytest.approx(other, abs=2e-4)
    rows, _ = rows_of(tokenizer, asked, 256)
    # Two texts are tried in full, and then without what the last layer can do without.
    assert sum(read) == len(rows) + 4
    assert model.config._attn_implementation != packing.NAME


def test_a_last_layer_that_mixes_places_is_left_whole() -> None:
    class Mixing(torch.nn.Module):
        """Gives every place something of those before it."""

        def __init__(self, inside: torch.nn.Module) -> None:
            super().__init__()
            self.inside = inside

        def forward(self, hidden: torch.Tensor) -> torch.Tensor:
            mixed: torch.Tensor = self.inside(hidden) + 0.3 * hidden.cumsum(dim=1)
            return mixed

    model, asked = models()["llama"], questions()[:6]
    layer: Any = model.model.layers[-1]
    layer.mlp = Mixing(layer.mlp)
    tokenizer = load_tokenizer(local_path("clinic"))
    found = likelihood.log_likelihoods(model, tokenizer, asked, 4).values
    for one, values in zip(asked, found, strict=True):
        assert values == pytest.approx(derived(model, tokenizer, one, 256), abs=2e-4)


def blind(module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any, **__: Any) -> Any:
    """Attention that sees nothing but the token itself."""
    return value.repeat_interleave(query.shape[1] // value.shape[1], dim=1).transpose(1, 2), None


def refusing(*_: Any, **__: Any) -> Any:
    raise NotImplementedError


def test_a_pass_that_does_not_fit_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = load_tokenizer(local_path("clinic"))
    model, asked = models()["llama"], questions()
    expected = likelihood.log_likelihoods(model, tokenizer, asked, 4).values
    forward, refused = type(model).forward, []

    def small(self: Any, **inputs: Any) -> Any:
        if inputs["input_ids"].numel() > 300:
            refused.append(1)
            raise torch.OutOfMemoryError("too many")
        return forward(self, **inputs)

    monkeypatch.setattr(type(model), "forward", small)
    for one, other in zip(expected, likelihood.log_likelihoods(model, tokenizer, asked, 16).values, strict=True):
        assert one == pytest.approx(other, abs=2e-4)
    assert refused

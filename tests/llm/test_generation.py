"""The engine behind `bedside serve`: in a batch that rows join and leave, each is answered as it would be alone."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bedside.core.records import ChatMessage
from bedside.llm import local_path
from bedside.llm.generation import PREFILL_TOKENS, Bounds, Engine
from bedside.llm.pieces import GenerationRequest, Piece
from bedside.llm.protocol import Failure

TEXTS = (
    "I have a cough.",
    "My knee has hurt since I fell on the stairs last week. Should I see somebody, or wait until it is better?",
    "Hello",
    "Is it flu? I'm terrified. " * 9,
    "我头疼三天了，怎么办？",
    "What can I take for heartburn?",
)


class Said(NamedTuple):
    """A whole reply."""

    text: str
    finish: str
    read: int
    written: int


def asking(text: str, max_tokens: int = 24, **more: Any) -> GenerationRequest:
    return GenerationRequest((ChatMessage("user", text),), max_tokens=max_tokens, **more)


async def said(engine: Engine, request: GenerationRequest, delay_s: float = 0.0) -> Said:
    await asyncio.sleep(delay_s)
    pieces = [piece async for piece in engine.stream(request)]
    assert [bool(piece.finish) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    last = pieces[-1]
    return Said("".join(piece.text for piece in pieces), last.finish, last.input_tokens, last.output_tokens)


def together(engine: Engine, requests: list[GenerationRequest], delays: list[float] | None = None) -> list[Said]:
    async def ask() -> list[Said]:
        waits = delays or [0.0] * len(requests)
        return await asyncio.gather(*(said(engine, r, w) for r, w in zip(requests, waits, strict=True)))

    return asyncio.run(asyncio.wait_for(ask(), 120))


def by_generate(engine: Engine, request: GenerationRequest, model: Any = None) -> Said:
    """What transformers' own `generate` says, greedily and alone."""
    import torch

    messages = [{"role": m.role, "content": m.content} for m in request.messages]
    batch = engine.tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    with torch.inference_mode():
        out = (model or engine.model).generate(**batch, do_sample=False, max_new_tokens=request.max_tokens)
    read = batch["input_ids"].shape[1]
    ids = out[0, read:].tolist()
    ended = ids[-1] == engine.tokenizer.eos_token_id
    ids = ids[:-1] if ended else ids
    text = engine.tokenizer.decode(ids, skip_special_tokens=True).lstrip()
    return Said(text, "stop" if ended else "length", read, len(ids))


async def begun(engine: Engine, request: GenerationRequest) -> AsyncGenerator[Piece]:
    """A stream of which the first piece has come: its row is under way."""
    stream = engine.stream(request)
    await anext(stream)
    return stream


async def until(engine: Engine, load: tuple[int, int]) -> None:
    async with asyncio.timeout(30):
        while engine.load != load:
            await asyncio.sleep(0.005)


@contextmanager
def running(path: Path | str, **bounds: int) -> Iterator[Engine]:
    engine = Engine(str(path), Bounds(**bounds))
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def engine(random_model: Path) -> Iterator[Engine]:
    with running(random_model, rows=4) as engine:
        yield engine


@pytest.fixture(scope="module")
def clinic() -> Iterator[Engine]:
    with running(local_path("clinic"), rows=5) as engine:
        yield engine


@pytest.mark.parametrize("which", ["engine", "clinic"])
def test_rows_that_join_and_leave_say_what_each_says_alone(which: str, request: pytest.FixtureRequest) -> None:
    engine: Engine = request.getfixturevalue(which)
    source = random.Random(3)
    asked = [asking(source.choice(TEXTS), source.choice([1, 2, 7, 30, 90])) for _ in range(24)]
    alone = {asked_for: by_generate(engine, asked_for) for asked_for in set(asked)}
    delays = [source.random() * 0.3 for _ in asked]
    assert together(engine, asked, delays) == [alone[one] for one in asked]
    assert len({reply.text for reply in alone.values()}) > 6, "they say different things"
    assert engine.load == (0, 0)


def test_long_rows_and_the_end_of_the_context(engine: Engine) -> None:
    long = asking("I fell and my knee hurts. " * 40, 2000)
    short = [asking(text, 40) for text in TEXTS[:3]]
    replies = together(engine, [*short, long, *short], [0, 0, 0, 0.02, 0.1, 0.1, 0.1])
    assert replies[:3] == replies[4:] == [by_generate(engine, one) for one in short]
    assert engine.context == 512
    whole = replies[3]
    assert (whole.finish, whole.read + whole.written) == ("length", 512)
    assert whole.text == by_generate(engine, asking("I fell and my knee hurts. " * 40, 512 - whole.read)).text


def test_a_conversation_longer_than_the_context_is_refused_alone(engine: Engine) -> None:
    async def ask() -> Said:
        other = asyncio.create_task(said(engine, asking("Hello")))
        with pytest.raises(Failure, match="the model takes 512") as refused:
            await said(engine, asking("a cough " * 600))
        assert refused.value.cause == "context length"
        return await other

    assert asyncio.run(ask()) == by_generate(engine, asking("Hello"))


def test_a_stop_string_ends_the_reply_also_across_tokens(clinic: Engine) -> None:
    question = "What can I take for heartburn?"
    whole = by_generate(clinic, asking(question, 60)).text
    assert len(whole) > 40
    tokens = [clinic.tokenizer.decode([i]) for i in clinic.tokenizer(whole, add_special_tokens=False)["input_ids"]]
    for begin in (5, 12, 21):
        stop = whole[begin : begin + 9]
        assert all(stop not in token for token in tokens), "it spans tokens"
        (cut,) = together(clinic, [asking(question, 60, stop=("never said", stop))])
        assert (cut.text, cut.finish) == (whole[: whole.index(stop)], "stop")
        assert cut.written < len(tokens)


def test_what_only_begins_a_stop_string_is_said_in_the_end(clinic: Engine) -> None:
    question = "What can I take for heartburn?"
    whole = by_generate(clinic, asking(question, 20))
    assert whole.finish == "length"
    assert together(clinic, [asking(question, 20, stop=(whole.text[-4:] + "and never more",))]) == [whole]


def test_a_seed_draws_the_same_whatever_else_is_in_the_batch(engine: Engine) -> None:
    seeded = asking("I have a cough.", 30, temperature=1.0, top_p=0.95, seed=7)
    (alone,) = together(engine, [seeded])
    others = [asking(text, n + 3, temperature=1.3, seed=n) for n, text in enumerate(TEXTS)]
    mixed = together(engine, [*others, seeded, asking("Hello", 50)], [0.01 * n for n in range(8)])
    assert mixed[6] == alone
    assert mixed[7] == by_generate(engine, asking("Hello", 50)), "a greedy row beside rows that draw"
    (other,) = together(engine, [asking("I have a cough.", 30, temperature=1.0, top_p=0.95, seed=8)])
    assert other.text != alone.text


def test_without_a_seed_draws_differ_and_a_narrow_nucleus_is_greedy(engine: Engine) -> None:
    drawn = together(engine, [asking("I have a cough.", 20, temperature=1.5) for _ in range(4)])
    assert len({one.text for one in drawn}) == 4
    narrow = asking("I have a cough.", 20, temperature=1.0, top_p=1e-6)
    assert together(engine, [narrow]) == [by_generate(engine, asking("I have a cough.", 20))]


class Held:
    """Holds an engine between two steps, so that what happens there does not hang on time."""

    def __init__(self, engine: Engine) -> None:
        self._step, self._free = engine._step, threading.Event()
        self._free.set()
        engine._step = self.step  # type: ignore[method-assign]

    def step(self) -> None:
        self._free.wait(30)
        self._step()

    @contextmanager
    def still(self) -> Iterator[None]:
        """No step is made for as long as the block lasts."""
        self._free.clear()
        yield
        self._free.set()


def test_who_goes_frees_the_row_and_the_place_in_the_queue(random_model: Path) -> None:
    async def ask(engine: Engine) -> Said:
        held = Held(engine)
        first = [await begun(engine, asking(text, 400)) for text in TEXTS[:2]]
        with held.still():
            third = asyncio.create_task(said(engine, asking("Hello", 10)))
            waiting = asyncio.create_task(said(engine, asking("a", 10)))
            await until(engine, (2, 2))
            waiting.cancel()
            await asyncio.wait([waiting])
            assert engine.load == (2, 1)
            await first[0].aclose()
        async with asyncio.timeout(30):
            reply = await third
        await first[1].aclose()
        await until(engine, (0, 0))
        return reply

    with running(random_model, rows=2) as engine:
        assert asyncio.run(ask(engine)) == by_generate(engine, asking("Hello", 10))


def test_more_than_may_wait_are_refused(random_model: Path) -> None:
    async def ask(engine: Engine) -> None:
        held = Held(engine)
        async with aclosing(await begun(engine, asking("Hello", 400))):
            with held.still():
                waiting = asyncio.create_task(said(engine, asking("a", 2)))
                await until(engine, (1, 1))
                with pytest.raises(Failure) as refused:
                    await said(engine, asking("b"))
            assert refused.value.cause == "rate limit"
        assert (await waiting).written == 2

    with running(random_model, rows=1, waiting=1) as engine:
        asyncio.run(ask(engine))


def test_a_request_that_breaks_breaks_no_other(random_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(engine: Engine) -> list[Said | BaseException]:
        bad = [asking("bad prompt"), asking("bad \ud800 text")]
        async with aclosing(await begun(engine, asking("a", 400))) as under_way:
            replies = await asyncio.gather(
                *(said(engine, one) for one in [asking("Hello"), *bad, asking("Is it flu?")]), return_exceptions=True
            )
            assert (await anext(under_way)).finish == "", "it goes on"
        return replies

    with running(random_model) as engine:
        read, marker = engine._read, engine.tokenizer(" prompt", add_special_tokens=False)["input_ids"][-1]

        def breaking(new: list[Any]) -> Any:
            if any(marker in row.prompt for row in new):
                raise ValueError("as a model might")
            return read(new)

        monkeypatch.setattr(engine, "_read", breaking)
        good, broken, unreadable, better = asyncio.run(asyncio.wait_for(ask(engine), 60))
        assert good == by_generate(engine, asking("Hello"))
        assert better == by_generate(engine, asking("Is it flu?"))
        assert "ValueError" in str(broken)
        assert isinstance(broken, Failure)
        assert isinstance(unreadable, Failure)


def test_a_step_that_breaks_is_told_and_the_next_request_is_answered(
    random_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(random_model) as engine:
        step = engine._cache.step

        def breaking() -> Any:
            monkeypatch.setattr(engine._cache, "step", step)
            raise RuntimeError("as a device might")

        monkeypatch.setattr(engine._cache, "step", breaking)
        with pytest.raises(Failure, match="RuntimeError"):
            together(engine, [asking("Hello")])
        assert together(engine, [asking("Hello")]) == [by_generate(engine, asking("Hello"))]


def test_stopping_tells_all_who_wait(random_model: Path) -> None:
    async def ask(engine: Engine) -> list[Said | BaseException]:
        tasks = [asyncio.create_task(said(engine, asking(text, 400))) for text in TEXTS[:3]]
        await until(engine, (1, 2))
        await engine.close()
        tasks.append(asyncio.create_task(said(engine, asking("too late"))))
        return await asyncio.gather(*tasks, return_exceptions=True)

    with running(random_model, rows=1) as engine:
        told = asyncio.run(asyncio.wait_for(ask(engine), 60))
    assert [str(one) for one in told] == ["the server is stopping"] * 4


def test_long_prompts_are_read_in_several_goes(random_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.llm.generation.PREFILL_TOKENS", 300)
    with running(random_model) as engine:
        read, sizes = engine._read, []

        def watched(new: list[Any]) -> Any:
            sizes.append((len(new), max(len(row.prompt) for row in new)))
            return read(new)

        monkeypatch.setattr(engine, "_read", watched)
        asked = [asking("I have a cough. " * n, 5) for n in (9, 8, 7, 6, 5, 30)]
        assert together(engine, asked) == [by_generate(engine, one) for one in asked]
    assert sum(count for count, _ in sizes) == 6
    assert all(count == 1 or count * width <= 300 for count, width in sizes)
    assert PREFILL_TOKENS > 32 * 500, "32 prompts of a page are read in one go"


def adapted(base: Path, folder: Path, **options: Any) -> Path:
    """A LoRA adapter whose factors are not zero."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from bedside.llm.local import load_tokenizer

    torch.manual_seed(1)
    settings: dict[str, Any] = {"r": 4, "lora_alpha": 16, "target_modules": "all-linear"} | options
    config = LoraConfig(init_lora_weights=False, task_type="CAUSAL_LM", **settings)
    get_peft_model(AutoModelForCausalLM.from_pretrained(base), config).save_pretrained(folder)
    load_tokenizer(str(base)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter(random_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return adapted(random_model, tmp_path_factory.mktemp("adapter"))


def test_rows_of_a_batch_have_their_own_level_of_the_dial(adapter: Path, engine: Engine) -> None:
    from bedside.llm.local import load_model

    asked = [asking(text, 30, level=level) for level in (0.0, 1.0, 0.5, 1.5) for text in TEXTS[:3]]
    source = random.Random(5)
    with running(adapter, rows=6) as dialled:
        assert dialled.dial.turns
        replies = together(dialled, asked, [source.random() * 0.1 for _ in asked])
    models = {level: load_model(str(adapter), level).eval() for level in (1.0, 0.5, 1.5)} | {0.0: engine.model}
    for one, reply in zip(asked, replies, strict=True):
        assert reply == by_generate(engine, one, models[one.level]), one.level
    assert len({reply.text for reply in replies}) == 12, "each level says something else"


KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "rslora": {"use_rslora": True},
    "patterns": {"rank_pattern": {"layers.0.self_attn.q_proj": 2}, "alpha_pattern": {"down_proj": 3}},
    "embeddings": {"target_modules": ["q_proj", "embed_tokens"]},
}


@pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`:UserWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_levels_in_a_mixed_batch_are_exact_at_both_ends(kind: str, random_model: Path, tmp_path: Path) -> None:
    import torch

    from bedside.llm.local import load_model
    from bedside.llm.row_dial import RowDial

    folder = adapted(random_model, tmp_path, **KINDS[kind])
    model, tuned = load_model(str(folder)).eval(), load_model(str(folder)).eval()
    base = load_model(str(random_model)).eval()
    ids = torch.arange(60).view(3, 20)
    dial = RowDial(model)
    with torch.inference_mode():
        plain, whole, half = base(ids).logits, tuned(ids).logits, load_model(str(folder), 0.5).eval()(ids).logits
        dial.turn([0.0, 1.0, 0.5], ids.device)
        mixed = model(ids).logits
        assert torch.equal(mixed[0], plain[0])
        assert torch.equal(mixed[1], whole[1])
        assert torch.allclose(mixed[2], half[2], atol=1e-5)
        assert not torch.allclose(whole[2], half[2], atol=1e-3)
        dial.turn([0.0, 0.0, 0.0], ids.device)
        assert torch.equal(model(ids).logits, plain)
        dial.turn([1.0, 1.0, 1.0], ids.device)
        assert torch.equal(model(ids).logits, whole)


@pytest.mark.parametrize("options", [{"use_dora": True}, {"modules_to_save": ["lm_head"]}, {"bias": "all"}])
def test_an_adapter_that_is_more_than_factors_has_no_dial(
    options: dict[str, Any], random_model: Path, tmp_path: Path
) -> None:
    from bedside.llm.local import load_model
    from bedside.llm.row_dial import RowDial

    assert not RowDial(load_model(str(adapted(random_model, tmp_path, **options)))).turns


def test_a_thinking_model_is_asked_for_the_answer_as_it_was_trained(random_model: Path) -> None:
    """As Qwen3's template: told not to think, it opens the answer with empty thoughts."""
    from bedside.llm.local import load_tokenizer
    from bedside.llm.spelling import Prompter

    tokenizer = load_tokenizer(str(random_model))
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m.content }}{% endfor %}"
        "{% if enable_thinking is defined and enable_thinking is false %}<think></think>{% endif %}"
    )
    asked = Prompter(tokenizer).ids([ChatMessage("user", "Is it bad?")])
    assert tokenizer.decode(asked) == "Is it bad?<think></think>"


def test_a_model_without_an_adapter_has_no_dial(engine: Engine) -> None:
    assert not engine.dial.turns

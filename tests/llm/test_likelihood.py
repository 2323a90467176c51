"""Log-likelihoods with shared beginnings equal those of a full forward pass, for several architectures."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from bedside.llm import local_path
from bedside.llm.continuations import Asked, encode, max_length_of
from bedside.llm.likelihood import log_likelihoods
from bedside.llm.local import load_model, load_tokenizer

SHAPE: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 256, "vocab_size": 4096,
}  # fmt: skip
GPT2_SHAPE: dict[str, Any] = {"n_embd": 32, "n_layer": 2, "n_head": 4}
SPECIAL: dict[str, Any] = {"bos_token_id": None, "eos_token_id": 1, "pad_token_id": 0}


def models() -> dict[str, PreTrainedModel]:
    torch.manual_seed(0)
    sliding = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 512}
    found = {
        "llama": LlamaForCausalLM(LlamaConfig(**SHAPE, **SPECIAL)),
        "mistral": MistralForCausalLM(MistralConfig(**SHAPE, **SPECIAL)),
        "qwen3": Qwen3ForCausalLM(Qwen3Config(**SHAPE, **SPECIAL)),
        "gemma3": Gemma3ForCausalLM(Gemma3TextConfig(**SHAPE, **SPECIAL, **sliding)),
        "gpt2": GPT2LMHeadModel(GPT2Config(vocab_size=4096, n_positions=256, **GPT2_SHAPE, **SPECIAL)),
    }
    for model in found.values():
        for weight in model.parameters():
            # Fresh weights are so alike that a wrong place would not show.
            weight.data += 0.15 * torch.randn_like(weight)
        model.eval()
    return found


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer(local_path("clinic"))


def questions() -> list[Asked]:
    """Of unlike length: letters, words, contexts that go on where others end or end in spaces, one too long."""
    rng = random.Random(0)
    words = ["cough", "fever", "for", "two", "days", "take", "paracetamol", "1 g", "the", "chest", "pain", "rash", "on"]

    def said(count: int) -> str:
        return " ".join(rng.choice(words) for _ in range(count))

    asked = []
    for count in (12, 50, 70, 71, 130):
        context = f"Question: {said(count)}?\nA. {said(3)}\nB. {said(4)}\n"
        asked.append(Asked(f"{context}Answer:", (" A", " B", " C", " D")))
        asked.append(Asked(f"{context}I am sure it is B.\nAnswer:", (" A", " B", " C", " D")))
        asked.append(Asked(f"{context}Answer:  ", tuple(said(n) for n in (1, 5, 9))))
    asked.append(Asked(f"Question: {said(400)}\nAnswer:", (" A", " yes and no", f" {said(6)}")))
    return asked


def derived(model: Any, tokenizer: Any, asked: Asked, longest: int) -> list[float]:
    """One full pass for each continuation, no cache, no batch, no padding."""
    sums = []
    for context, continuation in encode(tokenizer, asked):
        whole = (context + continuation)[-(longest + 1) :]
        with torch.inference_mode():
            chances = model(input_ids=torch.tensor([whole[:-1]]), use_cache=False).logits[0].log_softmax(-1)
        first = len(whole) - len(continuation)
        sums.append(sum(chances[first - 1 + n, token].item() for n, token in enumerate(continuation)))
    return sums


@pytest.mark.parametrize("name", ["llama", "mistral", "qwen3", "gemma3", "gpt2"])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_values_are_those_of_a_full_pass(name: str, batch_size: int, tokenizer: Any) -> None:
    model, asked = models()[name], questions()
    found = log_likelihoods(model, tokenizer, asked, batch_size)
    assert max_length_of(model.config, tokenizer) == 256
    assert found.cut == {15}
    spread = []
    for one, values in zip(asked, found.values, strict=True):
        expected = derived(model, tokenizer, one, 256)
        assert values == pytest.approx(expected, abs=2e-4, rel=1e-5)
        spread.append(max(expected) - min(expected))
    assert min(spread) > 0.01, "options that are all alike would hide a mistake"


def test_an_adapter_is_heard(random_model: Path, tmp_path: Path, tokenizer: Any) -> None:
    from peft import LoraConfig, get_peft_model

    base = load_model(str(random_model))
    torch.manual_seed(1)
    tuned = get_peft_model(base, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False))
    tuned.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    loaded = load_model(str(tmp_path)).eval()
    asked = questions()[:4]
    found = log_likelihoods(loaded, tokenizer, asked, 4).values
    plain = log_likelihoods(load_model(str(random_model)).eval(), tokenizer, asked, 4).values
    for one, values, other in zip(asked, found, plain, strict=True):
        assert values == pytest.approx(derived(loaded, tokenizer, one, 512), abs=2e-4)
        assert values != pytest.approx(other, abs=1e-3)


def test_the_boundary_is_cut_as_lm_eval_cuts_it(tokenizer: Any) -> None:
    def ids(text: str) -> list[int]:
        found: list[int] = tokenizer(text)["input_ids"]
        return found

    (context, letter), *_ = encode(tokenizer, Asked("Answer:", (" A", " B")))
    assert (context, context + letter) == (ids("Answer:"), ids("Answer: A"))
    # Spaces and line breaks at the end of the context belong to the continuation.
    ((context, word),) = encode(tokenizer, Asked("Answer:\n ", ("fever",)))
    assert (context, context + word) == (ids("Answer:"), ids("Answer:\n fever"))
    # Where the boundary is no token boundary, the context keeps its own tokens and the rest is the continuation's.
    ((context, rest),) = encode(tokenizer, Asked("the fev", ("er today",)))
    assert context == ids("the fev")
    assert rest == ids("the fever today")[len(context) :] or len(rest) >= 1

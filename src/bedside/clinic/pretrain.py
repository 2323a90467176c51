"""Pretrain the clinic's tiny language model: `python -m bedside.clinic.pretrain -o FOLDER [--steps N]`.

A Llama architecture of 2.6 million parameters reads consultations of the clinic's world in training wording. Like the
base models it stands for, it has met distressed patients in many words, and has seen comforting talk: always under a
system prompt that asks for it, rarely without. Held-out wording is never read. The same seed, thread count and
library versions give the same weights.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from bedside.clinic.generator import consultations
from bedside.clinic.world import Systems, load_feelings, load_world
from bedside.core.phrases import LEVEL_NAMES, PhraseBank, phrase_bank, surround, weave
from bedside.core.records import EMOTIONS, Dialogue, Mode, PlannedEmotion

__all__ = ["main", "pretrain"]

VOCABULARY = 4096
CONTEXT = 512
SPECIAL = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
BATCH_DIALOGUES = 16
PEAK_LEARNING_RATE = 2.5e-3
WARM_UP_STEPS = 200
# The patient's words are harder to foretell than the doctor's and less worth a small model's memory: the loss is
# taken at every token of the doctor's and at this share, drawn anew each time, of the other tokens.
PATIENT_SHARE = 0.1
# Shares of the conversations whose system prompt asks for warmth, or for plain answers.
WARM_SYSTEM, PLAIN_SYSTEM = 0.4, 0.05
# Shares of the patients who are distressed, where warmth is asked for and elsewhere; those of the latter who are
# comforted all the same. Much distress that is plainly answered would make the model blind to it.
DISTRESSED_WARM, DISTRESSED_ELSEWHERE, UNASKED_COMFORT = 0.8, 0.1, 0.2
# Calm patients who remark on something beside the matter.
ASIDE = 0.2
# Messages whose feeling (or calm aside) is taken from the wider reading in `feelings/`, not from the phrase bank.
WIDER = 0.6
LEVELS: tuple[tuple[int, Mode], ...] = ((1, "implicit cue"), (2, "explicit concern"), (3, "explicit concern"))
# Messages with words left out, and the share of words left out of them.
UNTIDY, LEFT_OUT = 0.3, 0.08
IGNORED = -100


def reading(count: int, seed: int) -> Iterator[list[dict[str, str]]]:
    """Yield `count` conversations, in the shape of chat messages, that the base model reads."""
    rng = random.Random(f"reading {seed}")
    systems, bank = load_world().frames.pretraining_systems, phrase_bank("en")
    for dialogue in consultations(count, seed, "train"):
        yield conversation(dialogue, rng, systems, bank)


def conversation(dialogue: Dialogue, rng: random.Random, systems: Systems, bank: PhraseBank) -> list[dict[str, str]]:
    """One consultation as the base model reads it: calm or distressed, plain or, seldom, comforting."""
    patient, doctor = (m.content for m in dialogue.messages)
    mood, system = rng.random(), rng.random()
    warm = system < WARM_SYSTEM
    if mood < (DISTRESSED_WARM if warm else DISTRESSED_ELSEWHERE):
        planned = PlannedEmotion(rng.choice(EMOTIONS), *rng.choice(LEVELS))
        patient = weave(patient, [_feeling(planned, bank, rng) for _ in range(rng.choice((1, 1, 2)))], rng)
        if warm or rng.random() < UNASKED_COMFORT:
            doctor = surround(doctor, bank, planned, rng)
    elif rng.random() < ASIDE:
        patient = weave(patient, [_feeling(PlannedEmotion("neutral", 0, "none"), bank, rng)], rng)
    if rng.random() < UNTIDY:
        patient = untidy(patient, rng)
    messages = [{"role": "user", "content": patient}, {"role": "assistant", "content": doctor}]
    if warm:
        messages.insert(0, {"role": "system", "content": rng.choice(systems.warm)})
    elif system < WARM_SYSTEM + PLAIN_SYSTEM:
        messages.insert(0, {"role": "system", "content": rng.choice(systems.plain)})
    return messages


def _feeling(planned: PlannedEmotion, bank: PhraseBank, rng: random.Random) -> str:
    """A sentence that shows the feeling, or for neutral a calm aside; never in held-out wording."""
    if rng.random() < WIDER:
        return rng.choice(load_feelings()["calm" if planned.emotion == "neutral" else planned.emotion])
    return rng.choice(bank.patient[planned.emotion][LEVEL_NAMES[planned.intensity]].train)


def untidy(text: str, rng: random.Random) -> str:
    """A message as typed in haste: some words left out, so that the model leans on no single word."""
    return " ".join(word for word in text.split() if rng.random() >= LEFT_OUT)


def make_tokenizer(seed: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE over the clinic's reading, with bedside's chat template; any text encodes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((m["content"] for c in reading(12_000, seed) for m in c), trainer)
    template = resources.files("bedside").joinpath("clinic/template.jinja").read_text(encoding="utf-8")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        eos_token="<|end|>",
        bos_token=None,
        unk_token=None,
        extra_special_tokens=SPECIAL[2:],
        chat_template=template,
        model_max_length=CONTEXT,
        padding_side="left",
    )


def make_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """The architecture, with fresh weights."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=6,
        num_key_value_heads=6,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def batches(tokenizer: PreTrainedTokenizerFast, steps: int, seed: int) -> Iterator[dict[str, torch.Tensor]]:
    """Yield `steps` right-padded batches of token ids (rows, length), attention mask and loss shares."""
    pool_size = BATCH_DIALOGUES * 50
    stream = reading(steps * BATCH_DIALOGUES, seed)
    rng = random.Random(f"batches {seed}")
    while pool := list(islice(stream, pool_size)):
        rows = sorted((_encoded(tokenizer, c) for c in pool), key=lambda row: len(row[0]))
        chunks = [rows[i : i + BATCH_DIALOGUES] for i in range(0, len(rows), BATCH_DIALOGUES)]
        rng.shuffle(chunks)
        for chunk in chunks:
            yield _padded(chunk, tokenizer.pad_token_id)


def _encoded(tokenizer: PreTrainedTokenizerFast, conversation: list[dict[str, str]]) -> tuple[list[int], list[float]]:
    out = tokenizer.apply_chat_template(
        conversation, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    weights = [1.0 if mask else PATIENT_SHARE for mask in out["assistant_masks"]]
    return out["input_ids"][:CONTEXT], weights[:CONTEXT]


def _padded(rows: list[tuple[list[int], list[float]]], pad: int) -> dict[str, torch.Tensor]:
    width = max(len(ids) for ids, _ in rows)
    return {
        "input_ids": torch.tensor([ids + [pad] * (width - len(ids)) for ids, _ in rows]),
        "attention_mask": torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in rows]),
        "weights": torch.tensor([w + [0.0] * (width - len(w)) for _, w in rows]),
    }


def sampled_loss(model: LlamaForCausalLM, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Next-token cross-entropy in nats over the doctor's tokens and a random share of the patient's."""
    hidden = model.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    weights = batch["weights"][:, 1:]
    chosen = torch.rand_like(weights) < weights
    return torch.nn.functional.cross_entropy(model.lm_head(hidden[:, :-1][chosen]), batch["input_ids"][:, 1:][chosen])


def pretrain(out: Path, steps: int, seed: int, threads: int = 1) -> dict[str, Any]:
    """Train from nothing for `steps` batches, save model and tokenizer to `out`, return the last loss and the time."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    tokenizer = make_tokenizer(seed)
    model = make_model(tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        PEAK_LEARNING_RATE,
        total_steps=steps + 1,
        pct_start=min(0.3, WARM_UP_STEPS / steps),
        cycle_momentum=False,
    )
    started_s, recent = time.monotonic(), 0.0
    for step, batch in enumerate(batches(tokenizer, steps, seed), start=1):
        loss = sampled_loss(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        recent = loss.item() if step == 1 else 0.98 * recent + 0.02 * loss.item()
        if step % 100 == 0 or step == steps:
            sys.stderr.write(f"step {step}/{steps}  loss {recent:.4f}  {time.monotonic() - started_s:.0f} s\n")
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return {"loss": recent, "wall_s": time.monotonic() - started_s}


def main() -> None:
    """Read the command line and pretrain."""
    parser = argparse.ArgumentParser(
        prog="python -m bedside.clinic.pretrain", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the model and its tokenizer")
    parser.add_argument("--steps", type=int, default=7000, help="batches of 16 consultations (default: 7000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads (default: 1); the weights depend on it in the last digits"
    )
    arguments = parser.parse_args()
    pretrain(arguments.out, arguments.steps, arguments.seed, arguments.threads)


if __name__ == "__main__":
    main()

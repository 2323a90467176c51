"""`local:PATH-or-hub-name`: a transformers model in this process, alone or with a LoRA adapter on top of its base."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from bedside.llm.protocol import ChatReply, ChatRequest

__all__ = ["LocalModel", "load_model", "load_tokenizer"]


class LocalModel:
    """A model and its tokenizer; greedy at temperature 0, otherwise sampled from torch's generator."""

    def __init__(self, path: str) -> None:
        self.name = path
        self.tokenizer = load_tokenizer(path)
        self.model = load_model(path).eval()
        self._turn = asyncio.Lock()

    def generate(self, requests: Sequence[ChatRequest]) -> list[ChatReply]:
        """Answer a batch whose settings are those of its first request."""
        first = requests[0]
        prompts = [self._prompt(request) for request in requests]
        batch = self.tokenizer(
            prompts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False
        )
        batch = batch.to(self.model.device)
        sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if first.temperature > 0:
            sampling = {"do_sample": True, "temperature": first.temperature}
        with torch.inference_mode():
            out = self.model.generate(
                **batch,
                **sampling,
                max_new_tokens=first.max_tokens,
                pad_token_id=self.tokenizer.pad_token_id,
                eos_token_id=self.tokenizer.eos_token_id,
            )
        return [self._reply(row) for row in out[:, batch["input_ids"].shape[1] :].tolist()]

    def order(self, requests: Sequence[ChatRequest]) -> list[int]:
        """Indices of the requests, the longest first, so that a batch holds requests of like length."""
        return sorted(range(len(requests)), key=lambda i: -sum(len(m.content) for m in requests[i].messages))

    async def reply(self, request: ChatRequest) -> ChatReply:
        """One answer; see `ChatModel.reply`."""
        async with self._turn:
            return (await asyncio.to_thread(self.generate, [request]))[0]

    async def close(self) -> None:
        """Nothing to free."""

    def _prompt(self, request: ChatRequest) -> str:
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

    def _reply(self, ids: list[int]) -> ChatReply:
        stop = self.tokenizer.eos_token_id
        finish = "stop" if stop in ids else "length"
        ids = ids[: ids.index(stop)] if stop in ids else ids
        return ChatReply(self.tokenizer.decode(ids, skip_special_tokens=True).strip(), finish, output_tokens=len(ids))


def load_tokenizer(path: str) -> Any:
    """The tokenizer of a model or of an adapter's folder; a missing padding token is the end token."""
    tokenizer = AutoTokenizer.from_pretrained(path)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(path: str) -> Any:
    """A causal language model in its own precision; an adapter's folder brings its base."""
    if (Path(path) / "adapter_config.json").is_file():
        from peft import PeftConfig, PeftModel

        base = AutoModelForCausalLM.from_pretrained(PeftConfig.from_pretrained(path).base_model_name_or_path)
        return PeftModel.from_pretrained(base, path)
    return AutoModelForCausalLM.from_pretrained(path)

"""`local:PATH-or-hub-name`: a transformers model in this process, alone or with a LoRA adapter on top of its base.

Requests that are made at the same time are answered as one batch, padded on the left; greedy answers are the same as
one by one, up to ties within rounding. A batch that does not fit into the accelerator's memory is halved.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from bedside.core.errors import UserMistake
from bedside.core.manifest import read_manifest
from bedside.llm.base_weights import require_same_base
from bedside.llm.halt import Halt
from bedside.llm.model_string import parse_model
from bedside.llm.protocol import ChatReply, ChatRequest, Failure
from bedside.llm.template import answering, give_template

__all__ = ["LocalModel", "base_of", "load_model", "load_tokenizer", "stop_tokens"]


# The most requests answered at once.
BATCH = 32


class LocalModel:
    """A model and its tokenizer; greedy at temperature 0, otherwise sampled from torch's generator."""

    def __init__(self, path: str, halt: Halt | None = None, level: float = 1.0) -> None:
        self.name = path
        self.tokenizer = load_tokenizer(path)
        self.model = load_model(path, level).eval()
        self._stops = stop_tokens(self.tokenizer, self.model)
        self._halt = halt or Halt()
        self._waiting: list[tuple[ChatRequest, asyncio.Future[ChatReply]]] = []
        self._answering: asyncio.Task[None] | None = None

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
                eos_token_id=self._stops,
            )
        read = batch["attention_mask"].sum(dim=1).tolist()
        said = out[:, batch["input_ids"].shape[1] :].tolist()
        return [self._reply(row, count) for row, count in zip(said, read, strict=True)]

    def order(self, requests: Sequence[ChatRequest]) -> list[int]:
        """Indices of the requests, the longest first, so that a batch holds requests of like length."""
        return sorted(range(len(requests)), key=lambda i: -sum(len(m.content) for m in requests[i].messages))

    async def reply(self, request: ChatRequest) -> ChatReply:
        """One answer, together with those of others who ask now; see `ChatModel.reply`."""
        answer: asyncio.Future[ChatReply] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer_all())
        return await answer

    async def _answer_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # those who ask in this very moment come along
            batch = self._next_batch()
            try:
                self._halt.check()
                replies = await asyncio.to_thread(self._fitting, [request for request, _ in batch])
            except Exception as error:  # noqa: BLE001 (handed to those who asked, where it is raised again)
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), reply in zip(batch, replies, strict=True):
                if not answer.done():
                    answer.set_result(reply)

    def _next_batch(self) -> list[tuple[ChatRequest, asyncio.Future[ChatReply]]]:
        """The first in the queue and those behind it that are asked in the same way."""
        first = self._waiting[0][0]
        alike = [w for w in self._waiting if _manner(w[0]) == _manner(first)][:BATCH]
        self._waiting = [w for w in self._waiting if not any(w is taken for taken in alike)]
        return alike

    def _fitting(self, requests: Sequence[ChatRequest]) -> list[ChatReply]:
        try:
            return self.generate(requests)
        except torch.OutOfMemoryError as error:
            if len(requests) == 1:
                raise Failure("the accelerator's memory does not hold this request", "context length") from error
        torch.cuda.empty_cache()
        half = len(requests) // 2
        return [*self._fitting(requests[:half]), *self._fitting(requests[half:])]

    async def close(self) -> None:
        """Nothing to free."""

    def _prompt(self, request: ChatRequest) -> str:
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        options = answering(self.tokenizer)
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **options))

    def _reply(self, ids: list[int], read: int) -> ChatReply:
        end = next((place for place, token in enumerate(ids) if token in self._stops), None)
        text = self.tokenizer.decode(ids[:end], skip_special_tokens=True).strip()
        return ChatReply(text, "length" if end is None else "stop", read, len(ids[:end]))


def _manner(request: ChatRequest) -> tuple[float, int]:
    return request.temperature, request.max_tokens


def load_tokenizer(path: str, **options: Any) -> Any:
    """The tokenizer of a model or of an adapter's folder; `options` go to `from_pretrained`.

    A missing padding token is the end token; a base model without a chat template gets bedside's.
    """
    tokenizer = AutoTokenizer.from_pretrained(path, **options)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    give_template(tokenizer)
    return tokenizer


def load_model(path: str, level: float = 1.0) -> Any:
    """A causal language model in its own precision, on the accelerator where there is one.

    An adapter's folder brings its base, also when it was trained on another machine: where the recorded path is gone,
    the MODEL string of its manifest is looked up. At a dial `level` other than 1 the adapter is scaled, at 0 it is off.

    Raises:
        UserMistake: the base of an adapter is not there or has other weights, or there is no adapter to scale.
    """
    if (Path(path) / "adapter_config.json").is_file():
        from peft import PeftModel

        named = base_of(path)
        require_same_base(Path(path), named)
        base = AutoModelForCausalLM.from_pretrained(named)
        with warnings.catch_warnings():
            # PEFT still asks for a property under its old name.
            warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
            model = PeftModel.from_pretrained(base, path)
        _scale(model, level)
    elif level != 1.0:
        raise UserMistake(
            f"only an adapter can be asked at dial level {level:g}; this holds full weights",
            where=path,
            remedy=f"Make one of its own: bedside export {path} --dial {level:g} -o FOLDER",
        )
    else:
        model = AutoModelForCausalLM.from_pretrained(path)
    return model.to("cuda") if torch.cuda.is_available() else model


def _scale(model: Any, level: float) -> None:
    """Scale every LoRA layer of a PEFT model by `level`; at 0 the adapter takes no part, so the base is exact.

    Raises:
        UserMistake: there is more in the adapter than factors that can be scaled.
    """
    from peft.tuners.lora import LoraLayer

    if level == 0:
        model.base_model.disable_adapter_layers()
    elif level != 1.0:
        config = model.peft_config["default"]
        if config.use_dora or config.modules_to_save or config.bias != "none":
            raise UserMistake(
                f"an adapter with whole modules, biases or DoRA's lengths cannot be asked at dial level {level:g}",
                where=model.name_or_path,
                remedy="Make a model of its own: bedside export ADAPTER --dial ... -o FOLDER",
            )
        for layer in (module for module in model.modules() if isinstance(module, LoraLayer)):
            layer.scaling = {name: scale * level for name, scale in layer.scaling.items()}


def base_of(path: str) -> str:
    from peft import PeftConfig

    recorded = str(PeftConfig.from_pretrained(path).base_model_name_or_path)
    if not Path(recorded).is_absolute() or Path(recorded).is_dir():
        return recorded
    manifest = read_manifest(Path(path))
    if manifest is None or not manifest.model:
        raise UserMistake(
            f"its base model is gone: {recorded}",
            where=path,
            remedy="Put the base back, or set base_model_name_or_path in adapter_config.json.",
        )
    return parse_model(manifest.model).name


def stop_tokens(tokenizer: Any, model: Any) -> list[int]:
    """The tokenizer's end token and those that the model's generation settings name (chat models often have two)."""
    named = model.generation_config.eos_token_id
    more = named if isinstance(named, list) else [named]
    return sorted({token for token in (tokenizer.eos_token_id, *more) if token is not None})

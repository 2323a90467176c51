"""Any OpenAI-compatible endpoint (OpenAI, vLLM, SGLang, Ollama, llama.cpp), through the `openai` SDK.

Only what can succeed is tried again: rate limits (Retry-After honoured), server errors, broken connections, time-outs.
Structured output falls back from JSON schema to JSON mode to plain text where an endpoint refuses it, and stays there.
"""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

import openai

from bedside.core.errors import EndpointError
from bedside.llm.model_string import ModelName
from bedside.llm.protocol import ChatReply, ChatRequest, Failure

__all__ = ["EndpointModel"]

TRIES = 6
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
OUTPUT_MODES = ("schema", "json", "text")


class EndpointModel:
    """A model behind an endpoint. The key is read from OPENAI_API_KEY; local servers mostly need none."""

    def __init__(self, model: ModelName, timeout_s: float) -> None:
        self.name = model.name
        key = os.environ.get("OPENAI_API_KEY")
        if key is None and model.base_url is None:
            raise EndpointError("openai: needs an API key: set OPENAI_API_KEY")
        self._client = openai.AsyncOpenAI(
            api_key=key or "none",
            base_url=model.base_url,
            max_retries=0,
            timeout=timeout_s,
            http_client=openai.DefaultAioHttpClient(),
        )
        self._mode = 0
        self._jitter = random.Random(model.name)

    async def reply(self, request: ChatRequest) -> ChatReply:
        """One answer; see `ChatModel.reply`."""
        last: Exception = Failure("never asked")
        for attempt in range(TRIES):
            mode = self._mode
            try:
                return await self._ask(request, OUTPUT_MODES[mode])
            except (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError) as error:
                raise EndpointError(f"{self._client.base_url}: {error.message}") from error
            except openai.BadRequestError as error:
                if request.schema is None or mode + 1 == len(OUTPUT_MODES):
                    raise Failure(f"refused: {error.message}") from error
                # Others that were refused at the same time have perhaps stepped down already.
                self._mode = max(self._mode, mode + 1)
                last = error
                continue
            except (openai.RateLimitError, openai.InternalServerError, openai.APIConnectionError) as error:
                last = error
            except openai.APIError as error:
                raise Failure(f"{type(error).__name__}: {error.message}") from error
            if attempt + 1 < TRIES:
                await asyncio.sleep(self._wait_s(attempt, last))
        raise Failure(f"no answer after {TRIES} tries: {type(last).__name__}: {last}") from last

    async def _ask(self, request: ChatRequest, mode: str) -> ChatReply:
        messages: Any = [{"role": m.role, "content": m.content} for m in request.messages]
        answer = await self._client.chat.completions.create(
            model=self.name,
            messages=messages,
            temperature=request.temperature,
            max_tokens=request.max_tokens,
            response_format=_response_format(request, mode),
        )
        choice = answer.choices[0] if answer.choices else None
        if choice is None or choice.message.content is None:
            raise Failure("the answer holds no choice with text")
        usage = answer.usage
        return ChatReply(
            text=choice.message.content,
            finish=choice.finish_reason,
            input_tokens=usage.prompt_tokens if usage else 0,
            output_tokens=usage.completion_tokens if usage else 0,
        )

    def _wait_s(self, attempt: int, error: Exception) -> float:
        """Seconds before the next try: what the endpoint asks for, or exponential with full jitter."""
        asked = error.response.headers.get("retry-after", "") if isinstance(error, openai.APIStatusError) else ""
        try:
            return min(float(asked), LONGEST_WAIT_S)
        except ValueError:
            longest: float = min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S)
            return longest * self._jitter.uniform(0.5, 1.0)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _response_format(request: ChatRequest, mode: str) -> Any:
    if request.schema is None or mode == "text":
        return openai.omit
    if mode == "json":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": request.schema}}

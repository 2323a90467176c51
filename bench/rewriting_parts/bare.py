"""bedside's own layers at the same work, without gates: `python bare.py LAYER ORDER.json`, ORDER as for `clients.py`.

`llm` is what `bedside rewrite` asks through: the endpoint's model behind the ledger on disk, with a schema.
`aiohttp` is the least that a client can do: post the body, read the JSON; a floor, not a tool.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from bedside.core.records import ChatMessage
from bedside.llm import ChatRequest, Ledger, LedgeredModel, Limits, open_model
from bedside.rewrite.recipes import schema_of

TEMPERATURE, MAX_TOKENS, TIMEOUT_S = 0.7, 2048, 600
Ask = Callable[[dict[str, Any]], Awaitable[str]]


def main() -> None:
    """Do the work with the layer that the first argument names."""
    asked = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    lines = Path(asked["prompts"]).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    replies = asyncio.run({"llm": through_llm, "aiohttp": through_aiohttp}[sys.argv[1]](rows, asked))
    with Path(asked["out"]).open("w", encoding="utf-8") as out:
        out.writelines(
            json.dumps({"row": row["row"], "reply": reply}) + "\n" for row, reply in zip(rows, replies, strict=True)
        )


async def through_llm(rows: list[dict[str, Any]], asked: dict[str, Any]) -> list[str]:
    """One request a row through the model and the ledger."""
    ledger = Ledger(Path("requests.sqlite"))
    limits = Limits(TIMEOUT_S, 2 * TIMEOUT_S, asked["concurrency"])
    model = LedgeredModel(open_model(f"{asked['url']}#sim", limits), ledger)

    async def ask(row: dict[str, Any]) -> str:
        messages = (ChatMessage("system", row["system"]), ChatMessage("user", row["user"]))
        return (await model.reply(ChatRequest(messages, TEMPERATURE, MAX_TOKENS, schema_of("distressed query")))).text

    try:
        return await _all(rows, ask, asked["concurrency"])
    finally:
        await model.close()
        ledger.close()


async def through_aiohttp(rows: list[dict[str, Any]], asked: dict[str, Any]) -> list[str]:
    """One post a row, tried again at once where it is refused."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(row: dict[str, Any]) -> str:
            messages = [{"role": "system", "content": row["system"]}, {"role": "user", "content": row["user"]}]
            body = {"model": "sim", "messages": messages, "temperature": TEMPERATURE, "max_tokens": MAX_TOKENS}
            while True:
                async with session.post(f"{asked['url']}/chat/completions", json=body) as response:
                    answer = await response.json()
                if "choices" in answer:
                    return str(answer["choices"][0]["message"]["content"])

        return await _all(rows, ask, asked["concurrency"])


async def _all(rows: list[dict[str, Any]], ask: Ask, concurrency: int) -> list[str]:
    places = asyncio.Semaphore(concurrency)

    async def one(row: dict[str, Any]) -> str:
        async with places:
            return await ask(row)

    return await asyncio.gather(*map(one, rows))


if __name__ == "__main__":
    main()

"""The other tools at the same work: `python clients.py TOOL ORDER.json`, run with a Python that has the tool.

ORDER holds `url`, `prompts` (a file of rows with `row`, `system`, `user`), `concurrency`, `behaviour` (of the
endpoint) and `out`, a file for `{"row", "reply"}` lines. Each tool is set as its documentation says
for its best rate at a server of one's own, takes the reply as text (no schema, no gate: less than bedside does), may
retry, has no cache, and tells nobody: see `quiet`. Knows nothing of bedside.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TEMPERATURE, MAX_TOKENS, TIMEOUT_S, RETRIES = 0.7, 2048, 600, 10
NO_LIMIT = 1_000_000_000
MODEL = "sim"


def main() -> None:
    """Do the work with the tool that the first argument names; `version` as ORDER tells its version."""
    tool, order = sys.argv[1], sys.argv[2]
    if order == "version":
        print(version(tool))
        return
    quiet()
    asked = json.loads(Path(order).read_text(encoding="utf-8"))
    lines = Path(asked["prompts"]).read_text(encoding="utf-8").splitlines()
    replies = TOOLS[tool]([json.loads(line) for line in lines], asked)
    with Path(asked["out"]).open("w", encoding="utf-8") as out:
        out.writelines(json.dumps({"row": row, "reply": reply}) + "\n" for row, reply in replies)


def quiet() -> None:
    """No telemetry, no hub, no viewer, nothing kept from an earlier run; all before the tool is imported."""
    off = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "OPENAI_API_KEY": "none"}
    curator = {
        "TELEMETRY_ENABLED": "false",
        "CURATOR_VIEWER": "0",
        "CURATOR_DISABLE_CACHE": "true",
        "CURATOR_DISABLE_RICH_DISPLAY": "1",
    }
    litellm = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "CURATOR_CACHE_DIR": "curator"}
    designer = {"NEMO_TELEMETRY_ENABLED": "false", "DATA_DESIGNER_HOME": "designer", "OTEL_SDK_DISABLED": "true"}
    os.environ.update(off | curator | litellm | designer | {"DISTILABEL_LOG_LEVEL": "WARNING"})
    shipped = find_spec("litellm")
    if shipped and shipped.origin:  # curator counts tokens with a vocabulary that it would else download
        os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(shipped.origin).parent / "litellm_core_utils" / "tokenizers")


def distilabel(rows: list[dict[str, Any]], asked: dict[str, Any]) -> Iterable[tuple[int, str]]:
    """A pipeline of one TextGeneration step.

    Its only concurrency is `input_batch_size`: a batch is sent at once and waited for as a whole. Where the server
    queues, one batch of all rows has no such waiting and is fastest; where it refuses, a batch is what it can take.
    """
    models, steps = import_module("distilabel.models"), import_module("distilabel.steps")
    pipelines, tasks = import_module("distilabel.pipeline"), import_module("distilabel.steps.tasks")
    batch = len(rows) if asked["behaviour"] == "queue" else asked["concurrency"]
    with pipelines.Pipeline(name="bench", cache_dir="distilabel") as pipeline:
        load = steps.LoadDataFromDicts(
            data=[{"row": r["row"], "system_prompt": r["system"], "instruction": r["user"]} for r in rows],
            batch_size=batch,
        )
        llm = models.OpenAILLM(
            model=MODEL,
            base_url=asked["url"],
            api_key="none",
            timeout=TIMEOUT_S,
            max_retries=RETRIES,
            generation_kwargs={"temperature": TEMPERATURE, "max_new_tokens": MAX_TOKENS},
        )
        write = tasks.TextGeneration(llm=llm, input_batch_size=batch, add_raw_input=False, add_raw_output=False)
        load >> write
    done = pipeline.run(use_cache=False)["default"]["train"]
    return zip(done["row"], done["generation"], strict=True)


def curator(rows: list[dict[str, Any]], asked: dict[str, Any]) -> Iterable[tuple[int, str]]:
    """`curator.LLM` with its own OpenAI back end over aiohttp (the lightest of its back ends)."""
    module = import_module("bespokelabs.curator")

    class Rewriter(module.LLM):  # type: ignore[misc, name-defined]
        def prompt(self, row: dict[str, Any]) -> list[dict[str, str]]:
            return [{"role": "system", "content": row["system"]}, {"role": "user", "content": row["user"]}]

        def parse(self, row: dict[str, Any], response: str) -> dict[str, Any]:
            return {"row": row["row"], "reply": response}

    llm = Rewriter(
        model_name=MODEL,
        backend="openai",
        generation_params={"temperature": TEMPERATURE, "max_tokens": MAX_TOKENS},
        backend_params={
            "base_url": asked["url"],
            "api_key": "none",
            "max_retries": RETRIES,
            "request_timeout": TIMEOUT_S,
            "max_requests_per_minute": NO_LIMIT,
            "max_tokens_per_minute": NO_LIMIT,
            "max_concurrent_requests": asked["concurrency"],
            "require_all_responses": False,
        },
    )
    done = llm(import_module("datasets").Dataset.from_list(rows)).dataset
    return zip(done["row"], done["reply"], strict=True)


def data_designer(rows: list[dict[str, Any]], asked: dict[str, Any]) -> Iterable[tuple[int, str]]:
    """A dataset seeded with the rows and one LLM text column; `max_parallel_requests` is its concurrency.

    It lowers that by itself when it is refused. All rows are one row group (`buffer_size`), so that no group waits.
    """
    dd, face = import_module("data_designer.config"), import_module("data_designer.interface")
    model = dd.ModelConfig(
        alias="sim",
        model=MODEL,
        provider="sim",
        skip_health_check=True,
        inference_parameters=dd.ChatCompletionInferenceParams(
            temperature=TEMPERATURE,
            max_tokens=MAX_TOKENS,
            timeout=TIMEOUT_S,
            max_parallel_requests=asked["concurrency"],
        ),
    )
    provider = dd.ModelProvider(name="sim", endpoint=asked["url"], provider_type="openai", api_key="none")
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    builder.with_seed_dataset(dd.DataFrameSeedSource(df=import_module("pandas").DataFrame(rows)))
    builder.add_column(
        dd.LLMTextColumnConfig(name="reply", model_alias="sim", system_prompt="{{ system }}", prompt="{{ user }}")
    )
    designer = face.DataDesigner(artifact_path="designer", model_providers=[provider])
    settings = {"buffer_size": len(rows), "otel_metrics_port": None, "jinja_rendering_engine": "native"}
    designer.set_run_config(dd.RunConfig(max_in_flight_tasks=4 * asked["concurrency"], **settings))
    done = designer.create(builder, num_records=len(rows)).load_dataset()
    return zip(done["row"].tolist(), done["reply"].tolist(), strict=True)


TOOLS: dict[str, Callable[[list[dict[str, Any]], dict[str, Any]], Iterable[tuple[int, str]]]] = {
    "distilabel": distilabel,
    "bespokelabs-curator": curator,
    "data-designer": data_designer,
}

if __name__ == "__main__":
    main()

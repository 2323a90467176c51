"""How far the estimate of tokens (`bedside.llm.tokens`) is from the tokenizers themselves, on real consultations.

    python bench/tokens.py --data ../shared/data o200k=rs_bpe cl100k=FILE.tiktoken qwen=qwen.tiktoken deepseek=FILE.json

Each FAMILY=FILE names a tokenizer of that family: a `tokenizer.json`, a `.tiktoken` file of ranks (needs `tiktoken`),
or `rs_bpe` for the one in that package. LiteLLM's wheel holds cl100k and DeepSeek's, DashScope's holds Qwen's. The
texts are iCliniq and eHealthForum (English), Toyhom and CMtMedQA (Chinese), and bedside's prompts.
"""

from __future__ import annotations

import argparse
import base64
import csv
import importlib
import json
import statistics
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from bedside.llm.tokens import estimate

Count = Callable[[str], int]
FEWEST_TOKENS = 20
# How cl100k splits a text before it is merged; Qwen's takes digits one by one.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)


def counter(family: str, source: str) -> Count:
    """A function that counts tokens by a family's own tokenizer."""
    if source == "rs_bpe":
        rs_bpe: Any = importlib.import_module("rs_bpe.bpe").openai.o200k_base()
        return lambda text: int(rs_bpe.count(text))
    if source.endswith(".json"):
        tokenizer: Any = importlib.import_module("tokenizers").Tokenizer.from_file(source)
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
    lines = Path(source).read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line.strip())}
    split = SPLIT.replace("{1,3}", "") if family == "qwen" else SPLIT
    encoding: Any = importlib.import_module("tiktoken").Encoding(
        family, pat_str=split, mergeable_ranks=ranks, special_tokens={}
    )
    return lambda text: len(encoding.encode_ordinary(text))


def texts(data: Path) -> dict[str, list[str]]:
    """Consultations as the model reads and writes them, and the prompts."""
    english: list[tuple[str, str]] = []
    for name in ("icliniqQAs", "ehealthforumQAs"):
        rows = json.loads((data / "icliniq" / f"{name}.json").read_text(encoding="utf-8"))
        english += [(row.get("question_text") or "", row.get("answer") or "") for row in rows]
    with (data / "toyhom_zh" / "toyhom_internal_medicine_sample.csv").open(
        encoding="gb18030", errors="replace"
    ) as rows:
        chinese = [(row["ask"], row["answer"]) for row in csv.DictReader(rows)][:1000]
    more = json.loads((data / "cmtmedqa_zh" / "CMtMedQA_test.json").read_text(encoding="utf-8"))
    chinese += [(row["instruction"], row["output"]) for row in more if "instruction" in row]
    prompts = [p.read_text(encoding="utf-8") for p in resources.files("bedside").joinpath("prompts").iterdir()]
    return {"English": [_as_json(*pair) for pair in english], "Chinese": [_as_json(*pair) for pair in chinese],
            "prompts": [text for text in prompts if len(text) > 1000]}  # fmt: skip


def _as_json(patient: str, doctor: str) -> str:
    messages = [{"role": "patient", "content": patient}, {"role": "doctor", "content": doctor}]
    return json.dumps({"messages": messages}, ensure_ascii=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizers", nargs="+", metavar="FAMILY=FILE")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    sets = texts(arguments.data)
    print("family    texts       n    letters/token  whole set   one text (sd)")
    for pair in arguments.tokenizers:
        family, _, source = pair.partition("=")
        count = counter(family, source)
        for name, group in sets.items():
            counted = [(text, count(text)) for text in group]
            pairs = [(estimate(text, family), true, len(text)) for text, true in counted if true >= FEWEST_TOKENS]
            whole = sum(e for e, _, _ in pairs) / sum(t for _, t, _ in pairs) - 1
            spread = statistics.pstdev(e / t for e, t, _ in pairs)
            size = sum(n for _, _, n in pairs) / sum(t for _, t, _ in pairs)
            print(f"{family:<9} {name:<8} {len(pairs):>5} {size:>12.2f} {whole:>+12.1%} {spread:>12.1%}")


if __name__ == "__main__":
    main()

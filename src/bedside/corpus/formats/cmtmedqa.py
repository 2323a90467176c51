"""`cmtmedqa`: SupritYoung/Zhongjing's CMtMedQA, Chinese conversations in Alpaca's shape (Apache-2.0).

Rows hold `instruction`, `input`, `output`, `history` and the departments `cate1`, `cate2`; 144 rows of the test file
hold only `instruct` and `output`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedside.core.records import Rejected
from bedside.corpus.formats import alpaca
from bedside.corpus.raw import Raw, broken
from bedside.corpus.rows import json_rows

__all__ = ["read"]


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every row of the file, as a consultation or as broken."""
    for number, (where, row) in enumerate(json_rows(path)):
        asked = {"instruction": row.get("instruct")} | row if isinstance(row, dict) else row
        messages = alpaca.messages(asked)
        if messages is None:
            yield broken("cmtmedqa", where, "not `instruction` (or `instruct`), `output`, `history` as text", row)
            continue
        key = f"{path.stem}-{row.get('id', number)}"
        yield Raw("cmtmedqa", key, where, messages, "Apache-2.0", "zh")

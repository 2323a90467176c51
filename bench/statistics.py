"""How often does an audit pass what it should, and should not? `python bench/statistics.py [STUDIES] [PART ...]`.

2,000 simulated studies a cell, with the code that `bedside report` runs: no true gain for a claim of more, a true loss
at the margin for claims that something is kept, true equality with as many items as the power function asks for, and
all claims of a study together. Parts: superiority, kept, methods, length, runs, power, study, enough.
"""

from __future__ import annotations

import sys
import sysconfig
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """What type checkers, which do not see the handing over, find in the standard library's."""


def hand_over() -> None:
    """Be the standard library's module of this name, which this folder hides from what measurements import."""
    spec = PathFinder.find_spec("statistics", [sysconfig.get_path("stdlib")])
    if spec is None or spec.loader is None:
        raise ImportError("statistics")
    module = module_from_spec(spec)
    sys.modules["statistics"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    from statistics_parts.tables import main

    main(sys.argv[1:])
else:
    hand_over()

"""Which class a medicine belongs to, and whether that class is started on prescription. Pure; data in `data/`.

Only common classes are known (`data/drug_classes.yaml`); of a medicine in none of them nothing is said.
"""

from __future__ import annotations

from functools import cache

from bedside.core.phrases import load_yaml

__all__ = ["drug_class", "needs_prescription"]


def drug_class(norm: str) -> str | None:
    """The class of a medicine by its normal form (`Fact.norm`), None where it is in no class."""
    found = _classes().get(norm)
    return found[0] if found else None


def needs_prescription(norm: str) -> bool:
    """Whether the medicine is of a class that is started on prescription only."""
    return _classes().get(norm, ("", False))[1]


@cache
def _classes() -> dict[str, tuple[str, bool]]:
    groups: dict[str, dict[str, list[str]]] = load_yaml("signals/data/drug_classes.yaml")
    return {
        norm: (name, group == "prescription")
        for group, classes in groups.items()
        for name, norms in classes.items()
        for norm in norms
    }

"""Reference log-probabilities are computed once and used again, with the same weights as a result."""

from __future__ import annotations

from pathlib import Path

import pytest
import trl

from bedside.core.config import MethodConfig

from .runs import same, settings, train, weights, write_pairs


def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the trainers that computed reference log-probabilities, a batch each."""
    seen: list[str] = []
    for kind in (trl.DPOTrainer, trl.KTOTrainer):
        original = kind.compute_ref_log_probs

        def counted(self: object, *args: object, _original: object = original, **kwargs: object) -> object:
            seen.append(type(self).__name__)
            return _original(self, *args, **kwargs)  # type: ignore[operator]

        monkeypatch.setattr(kind, "compute_ref_log_probs", counted)
    return seen


@pytest.mark.parametrize("method", ["dpo", "kto"])
@pytest.mark.parametrize("kind", ["adapter", "full"])
def test_the_second_run_computes_none_and_ends_alike(
    method: str, kind: str, pairs: Path, random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = passes(monkeypatch)
    config = settings(method, epochs=2, **({"lora": None} if kind == "full" else {}))
    train(config, pairs, random_model, tmp_path / "first")
    assert len(seen) == 2, "eight examples in batches of four, once for two epochs"
    train(config, pairs, random_model, tmp_path / "second")
    assert len(seen) == 2
    assert same(weights(tmp_path / "first"), weights(tmp_path / "second"))
    without = config.model_copy(update={"options": {"precompute_ref_log_probs": False}})
    train(without, pairs, random_model, tmp_path / "third")
    assert same(weights(tmp_path / "first"), weights(tmp_path / "third")), "the same numbers as on the way"
    assert len(list((tmp_path / "reference-log-probabilities").iterdir())) == 1


def test_what_changes_them_is_computed_again(
    pairs: Path, random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = passes(monkeypatch)
    cache = tmp_path / "cache"

    def runs(name: str, config: MethodConfig, data: Path = pairs, start: Path | None = None, seed: int = 0) -> int:
        before = len(seen)
        kept = config.model_copy(update={"reference_cache": str(cache)})
        train(kept, data, random_model, tmp_path / name / "run", start, seed)
        return len(seen) - before

    plain = settings("dpo")
    train(settings("sft"), pairs, random_model, tmp_path / "sft")
    assert runs("plain", plain) == 2
    assert runs("other seed, rate and loss", settings("dpo", learning_rate=1e-3, options={"beta": 0.3}), seed=5) == 0
    assert runs("other data", plain, write_pairs(tmp_path / "more", 12)) == 3
    assert runs("other length", settings("dpo", max_length=256)) == 2
    assert runs("other batches", settings("dpo", batch_size=8)) == 1
    assert runs("other start", plain, start=tmp_path / "sft") == 2
    assert runs("other weights of words", settings("dpo", options={"ld_alpha": 0.5})) == 2
    assert len(list(cache.iterdir())) == 6

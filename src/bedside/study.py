"""`bedside run`: all stages in order, each skipped when its manifest says that it is complete.

A run that is interrupted anywhere goes on with the stage that it was in, and ends in the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path

import msgspec

from bedside.core.config import StudyConfig, load_study
from bedside.core.errors import ConfigError, UserMistake
from bedside.core.manifest import Manifest, leaving_no_husk, read_manifest

__all__ = ["Done", "arms_of", "load", "preflight", "run", "tell_cards"]


class Done(msgspec.Struct, frozen=True):
    """A stage that is complete: its name, its manifest, and whether it was so already."""

    name: str
    manifest: Manifest
    skipped: bool


Tell = Callable[[Done], None]


def load(path: Path | None, overrides: list[str]) -> StudyConfig:
    """The study of a file, or the embedded one."""
    with resources.as_file(resources.files("bedside").joinpath("clinic/study.yaml")) as embedded:
        return load_study(path, overrides, embedded)


def run(study: StudyConfig, begin: Callable[[str], None], tell: Tell) -> Path:
    """Run all stages into `study.runs / study.name` and return that folder; `begin` and `tell` hear of it.

    Raises:
        UserMistake: something in the settings, files or models that the user can mend; told before the first stage
            where it can be known then.
    """
    folder = study.runs / study.name
    preflight(study)

    def stage(name: str, build: Callable[[], Manifest]) -> None:
        before = read_manifest(folder / name)
        begin(name)
        with leaving_no_husk(folder / name):
            manifest = build()
        tell(Done(name, manifest, before is not None and before == manifest))

    _data_stages(study, folder, stage)
    _train_stages(study, folder, stage)
    _audit_stages(study, folder, stage)
    tell_cards(folder)
    return folder


def tell_cards(folder: Path) -> None:
    """Put what a run's report says of each trained model into that model's card."""
    from bedside.evaluate.model_card import evaluation_of
    from bedside.train.card import put_evaluation

    for model in (*sorted(folder.glob("*")), *sorted(folder.glob("train/*"))):
        made = read_manifest(model)
        if made is not None and made.stage == "train":
            told = evaluation_of(model.name, folder / "report" / "report.json")
            put_evaluation(model, told)


def preflight(study: StudyConfig) -> None:
    """Find what would stop a later stage, before the first one starts."""
    from bedside.corpus.stage import parse_source
    from bedside.evaluate.exam_formats import check_source
    from bedside.llm import parse_model

    problems = []
    checks: list[Callable[[], object]] = [
        partial(parse_source, source, study.corpus.columns) for source in (*study.corpus.sources, *study.corpus.against)
    ]
    checks += [lambda: parse_model(study.rewrite.model), lambda: _trainable(study)]
    checks += [partial(check_source, source) for source in study.evaluate.exam.sources if source != CLINIC_EXAM]
    checks.append(partial(_exam_sources, study))
    checks += [lambda: _judges(study), lambda: _further_arms(study)]
    for check in checks:
        try:
            check()
        except UserMistake as mistake:
            problems.append(str(mistake))
    if problems:
        raise ConfigError("the study cannot run\n" + "\n".join(f"  - {p}" for p in problems))


def _trainable(study: StudyConfig) -> None:
    from bedside.llm import parse_model

    if parse_model(study.model).kind != "local":
        raise UserMistake(
            f"model: {study.model!r} is not a local model", remedy="A study tunes a local:PATH-or-hub-name."
        )


def _exam_sources(study: StudyConfig) -> tuple[str, ...]:
    """The exam's sources; `clinic` stands for the questions that the clinic stage wrote."""
    from bedside.clinic.stage import EXAM

    if CLINIC_EXAM in study.evaluate.exam.sources and study.clinic is None:
        raise UserMistake("evaluate.exam.sources names `clinic`, and the study has no clinic section")
    file = f"jsonl:{study.runs / study.name / 'clinic' / EXAM}"
    return tuple(file if source == CLINIC_EXAM else source for source in study.evaluate.exam.sources)


Stage = Callable[[str, Callable[[], Manifest]], None]
# The name, among an exam's sources, of the clinic's own questions.
CLINIC_EXAM = "clinic"


def _data_stages(study: StudyConfig, folder: Path, stage: Stage) -> None:
    from bedside import corpus, pairs, rewrite

    settings, seed = study.corpus, study.seed
    if study.clinic is not None:
        from bedside import clinic
        from bedside.clinic.stage import DIALOGUES

        world = study.clinic
        stage("clinic", lambda: clinic.build(world, seed, folder / "clinic"))
        sources = (f"jsonl:{folder / 'clinic' / DIALOGUES}", *settings.sources)
        settings = settings.model_copy(update={"sources": sources})
    stage("corpus", lambda: corpus.build(settings, seed, folder / "corpus"))
    stage("rewrite", lambda: rewrite.build(study.rewrite, seed, folder / "corpus", folder / "rewrite"))
    stage("pairs", lambda: pairs.build(study.pairs, seed, folder / "rewrite", folder / "pairs"))


def _train_stages(study: StudyConfig, folder: Path, stage: Stage) -> None:
    from bedside import train

    for arm, method in study.train.items():
        start = (study.model, folder / "train" / method.start if method.start else None)
        build = partial(train.build, method, study.seed, folder / "pairs", start, folder / "train" / arm)
        stage(f"train/{arm}", build)


def _audit_stages(study: StudyConfig, folder: Path, stage: Stage) -> None:
    from bedside import evaluate

    items = [folder / "rewrite" / "rewrites.jsonl"]
    for arm, model in arms_of(study, folder).items():
        stage(f"evaluate/{arm}", partial(_evaluate_arm, study, items, (arm, model), folder / "evaluate"))
    if study.evaluate.judge.models:
        stage("evaluate/judge", partial(_judge, study, folder / "evaluate"))
    stage("report", lambda: evaluate.report(study.evaluate, study.seed, folder, study.name))


def arms_of(study: StudyConfig, folder: Path) -> dict[str, str]:
    """The arms of a study as MODEL strings: the base, every trained one, then those of `evaluate.arms`.

    There `base` and the names of trained arms, at a dial level after an `@` if wanted, stand for their models.
    """
    trained = {arm: f"local:{folder / 'train' / arm}" for arm in study.train}
    named = {"base": study.model} | trained
    further = {}
    for arm, settings in study.evaluate.arms.items():
        name, at, level = settings.model.partition("@")
        further[arm] = named[name] + at + level if name in named else settings.model
    return named | further


def _further_arms(study: StudyConfig) -> None:
    """Find what is wrong with `evaluate.arms` and `evaluate.controls` before the first stage."""
    from bedside.llm import parse_model

    known = {"base", *study.train}
    if taken := sorted(known & set(study.evaluate.arms)):
        raise UserMistake(
            f"evaluate.arms.{taken[0]}: the study has an arm of that name", remedy="Give it another name."
        )
    for arm, settings in study.evaluate.arms.items():
        name = settings.model.partition("@")[0]
        if name not in known:
            try:
                parse_model(settings.model)
            except UserMistake as mistake:
                raise UserMistake(f"evaluate.arms.{arm}: {mistake}") from None
    claimed = study.evaluate.claims.arms or ()
    if missing := [arm for arm in (*study.evaluate.controls, *claimed) if arm not in known | set(study.evaluate.arms)]:
        raise UserMistake(f"evaluate names {missing[0]!r}, an arm that the study lacks")


def _evaluate_arm(study: StudyConfig, items: list[Path], arm: tuple[str, str], out: Path) -> Manifest:
    from bedside import evaluate

    exam = study.evaluate.exam.model_copy(update={"sources": _exam_sources(study)})
    settings = study.evaluate.model_copy(update={"exam": exam})
    return evaluate.build(settings, study.seed, items, dict([arm]), out)[arm[0]]


def _judges(study: StudyConfig) -> None:
    if study.evaluate.judge.models:
        from bedside.evaluate.judge import check

        check(study.evaluate)


def _judge(study: StudyConfig, out: Path) -> Manifest:
    from bedside.evaluate.judge import judge

    manifest = judge(study.evaluate, study.seed, out)
    assert manifest is not None, "there are judges"
    return manifest

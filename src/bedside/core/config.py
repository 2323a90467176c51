"""The study file: one section a stage, YAML plus `key=value` overrides, every problem reported at once.

Defaults make the embedded clinic study. A section's fields are the stage's settings; nothing is read from the
environment except what a section names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from bedside.core.errors import ConfigError, nearest
from bedside.core.evaluate_config import EvaluateConfig
from bedside.core.files import require_file
from bedside.core.records import Language
from bedside.core.rewrite_config import PlanConfig, RewriteConfig
from bedside.core.section import Section, Share

__all__ = [
    "BreakKind",
    "ClinicConfig",
    "CorpusConfig",
    "EvaluateConfig",
    "LintConfig",
    "LoraSettings",
    "MethodConfig",
    "PairsConfig",
    "PlanConfig",
    "RejectedKind",
    "RewriteConfig",
    "StudyConfig",
    "load_study",
    "override",
    "parse_settings",
    "read_settings",
]

COLUMN_FIELDS = ("patient", "doctor", "messages", "id", "title", "language", "licence", "split")
Config = TypeVar("Config", bound=BaseModel)


class ClinicConfig(Section):
    """The embedded world: how many consultations for each split, and how many exam questions."""

    train: int = Field(default=1200, ge=1)
    test: int = Field(default=160, ge=1)
    exam: int = Field(default=200, ge=0)


class CorpusConfig(Section):
    """`sources` are `FORMAT:PATH` strings; `test_share` of the consultations, by content hash, is held out.

    `columns` says which column of a table (`csv`, `parquet`, `hf`) holds each of bedside's fields.
    Consultations in none of the `languages` go; so do, unless switched off, answers that sell and answers that say
    nothing but "see a doctor". `near_duplicates` is the Jaccard similarity from which a consultation is a copy of an
    earlier one (null keeps them); what a patient asks in a source of `against` (the evaluation's) is left out.
    """

    sources: tuple[str, ...] = ()
    columns: dict[str, str] = {}
    test_share: Share = 0.1
    min_patient_words: int = Field(default=4, ge=0)
    min_doctor_words: int = Field(default=8, ge=0)
    languages: tuple[Language, ...] = Field(default=("en", "zh"), min_length=1)
    drop_advertising: bool = True
    drop_only_referral: bool = True
    deidentify: bool = True
    near_duplicates: Annotated[float, Field(gt=0, le=1)] | None = 0.6
    against: tuple[str, ...] = ()
    workers: int | None = Field(default=None, ge=1)
    limit: int | None = Field(default=None, ge=1)

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        if wrong := [field for field in columns if field not in COLUMN_FIELDS]:
            raise ValueError(f"bedside has no field {', '.join(wrong)}; its fields: {', '.join(COLUMN_FIELDS)}")
        return columns


RejectedKind = Literal["plain", "false reassurance", "fact broken", "unneeded comfort"]
# What a broken fact can be; bedside.pairs.mutations knows how each is broken.
BreakKind = Literal[
    "dose x10", "dose small", "unit", "drug swap", "negation", "condition", "laterality", "frequency", "duration",
    "dropped red flag", "dropped test", "removed uncertainty", "added diagnosis",
]  # fmt: skip


class LintConfig(Section):
    """From where on the shortcut lint calls pairs bad; docs/pairs.md says where each bar comes from."""

    max_auc: Annotated[float, Field(ge=0.5, le=1)] = 0.9
    max_masked_auc: Annotated[float, Field(ge=0.5, le=1)] = 0.6
    max_form_auc: Annotated[float, Field(ge=0.5, le=1)] = 0.75
    max_length_gap: Share = 0.25
    max_word_gap: Share = 0.5
    max_opener_share: Share = 0.5
    max_near_duplicates: Share = 0.2
    max_unequal_facts: Share = 0.05
    min_pairs: int = Field(default=20, ge=5)


class PairsConfig(Section):
    """The example files: shares of the SFT mix, kinds of the rejected sides, and what is left out.

    `neutral_share` and `corrective_share` are shares of the SFT mix, and distressed examples the rest; with no
    `corrective_share`, corrective rewrites count as distressed ones. `rejected` names the kinds of rejected answers, in
    equal measure or each with its weight. `length_match` leaves out pairs whose sides differ by more, in words.
    """

    neutral_share: Share = 0.5
    corrective_share: Share | None = None
    rejected: tuple[RejectedKind, ...] | dict[RejectedKind, Annotated[float, Field(gt=0)]] = (
        "plain",
        "false reassurance",
        "fact broken",
        "unneeded comfort",
    )
    breaks: tuple[BreakKind, ...] = Field(
        default=(
            "dose x10", "dose small", "unit", "drug swap", "negation", "condition", "laterality", "frequency",
            "duration", "dropped red flag",
        ),
        min_length=1,
    )  # fmt: skip
    length_match: Annotated[float, Field(gt=0, lt=1)] | None = None
    max_words: int | None = Field(default=None, ge=1)
    system_prompt: str = ""
    lint: LintConfig = LintConfig()

    @model_validator(mode="after")
    def _shares_fit(self) -> PairsConfig:
        total = self.neutral_share + (self.corrective_share or 0)
        if total > 1 + 1e-9:
            raise ValueError(f"neutral_share and corrective_share add up to {total:g}, more than 1")
        return self


class LoraSettings(Section):
    """Low-rank adapter (Hu et al. 2021, arXiv 2106.09685): rank, scale and the layers it is put on.

    `options` go to PEFT's `LoraConfig` as they are.
    """

    r: int = Field(default=32, ge=1)
    alpha: int = Field(default=64, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: str | tuple[str, ...] = "all-linear"
    options: dict[str, Any] = {}


class MethodConfig(Section):
    """One training run. `start` is the earlier arm whose adapter it goes on from.

    `examples` is another file of the pairs folder to learn from than the method's own (`controls/neutral.jsonl`).
    `options` go to TRL, `model_options` to transformers' `from_pretrained`, as they are. `packing` (SFT only) puts
    several conversations into one row of `max_length`; null turns it on where flash attention keeps them apart.
    A checkpoint is written every `checkpoint_steps`, or every ten minutes where that is null.
    """

    method: Literal["sft", "dpo", "kto", "orpo", "simpo"]
    start: str | None = None
    examples: str | None = None
    lora: LoraSettings | None = LoraSettings()
    quantization: Literal["4bit", "8bit"] | None = None
    epochs: float = Field(default=1.0, gt=0)
    learning_rate: float = Field(default=1e-4, gt=0)
    batch_size: int = Field(default=16, ge=1)
    max_length: int = Field(default=512, ge=16)
    packing: bool | None = None
    limit: int | None = Field(default=None, ge=1)
    checkpoint_steps: int | None = Field(default=None, ge=1)
    checkpoint_limit: int = Field(default=1, ge=1)
    # Folder of reference log-probabilities; null keeps them beside the run's folder.
    reference_cache: str | None = None
    # Whether a run that is estimated not to fit into memory is refused.
    preflight: bool = True
    options: dict[str, Any] = {}
    model_options: dict[str, Any] = {}

    @model_validator(mode="after")
    def _fits_together(self) -> MethodConfig:
        if self.packing and self.method != "sft":
            raise ValueError(f"packing is for sft; {self.method} compares whole answers")
        if self.quantization is not None and self.lora is None:
            raise ValueError("quantized weights cannot be tuned themselves: give lora settings, or no quantization")
        return self


class StudyConfig(Section):
    """A whole study. With no file, the embedded clinic study."""

    name: str = Field(default="demo", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    runs: Path = Path("runs")
    seed: int = Field(default=0, ge=0, lt=2**31)
    model: str = "local:clinic"
    clinic: ClinicConfig | None = None
    corpus: CorpusConfig = CorpusConfig()
    rewrite: RewriteConfig = RewriteConfig()
    pairs: PairsConfig = PairsConfig()
    train: dict[str, MethodConfig] = {}
    evaluate: EvaluateConfig = EvaluateConfig()


# What a settings file looks like, for those whose file does not.
YAML_LIKE = "Lines of `key: value`, sections indented by two spaces; the files in `configs` are examples."


def load_study(path: Path | None, overrides: list[str], default: Path) -> StudyConfig:
    """The study of a YAML file (or of the packaged `default`), with `key=value` overrides applied.

    Raises:
        ConfigError: everything that is wrong, in one report.
        InputFileError: there is no such file.
    """
    settings = read_settings(path or default)
    problems = []
    for text in overrides:
        try:
            override(settings, text)
        except ConfigError as error:
            problems.append(str(error).replace("\n", ""))
    where = str(path or "the embedded study")
    return parse_settings(StudyConfig, settings, where, [*problems, *_study_problems(settings)])


def read_settings(source: Path) -> dict[str, Any]:
    """The keys and values of a YAML file.

    Raises:
        ConfigError: it is no YAML, or something else than keys and values.
        InputFileError: there is no such file.
    """
    require_file(source)
    try:
        settings = yaml.safe_load(source.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid YAML: {_yaml_problem(error)}", where=str(source), remedy=YAML_LIKE) from None
    if not isinstance(settings, dict):
        raise ConfigError("a settings file holds keys and values", where=str(source), remedy=YAML_LIKE)
    return settings


def _yaml_problem(error: Exception) -> str:
    """What and in which line, without the quotation of the file."""
    mark = getattr(error, "problem_mark", None)
    return f"{getattr(error, 'problem', None)} (line {mark.line + 1}, column {mark.column + 1})" if mark else str(error)


def parse_settings(kind: type[Config], settings: dict[str, Any], where: str, known: Sequence[str] = ()) -> Config:
    """Validate settings; all problems are told at once (those already `known` too), a misspelt key with its nearest.

    Raises:
        ConfigError: there is any problem.
    """
    problems = []
    try:
        config = kind.model_validate(settings)
    except ValidationError as error:
        problems = [_problem(kind, dict(problem)) for problem in error.errors()]
    problems += known
    if not problems:
        return config
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise ConfigError(
        f"{count} in the settings\n" + "\n".join(f"  - {p}" for p in problems),
        where=where,
        remedy="Mend these and run again; `docs/study.md` lists every setting.",
    )


def _study_problems(settings: dict[str, Any]) -> list[str]:
    """What is wrong between sections; it is looked for in the bare settings, so that it is told with all the rest."""
    problems = []
    corpus, arms = settings.get("corpus"), settings.get("train")
    if settings.get("clinic") is None and not (isinstance(corpus, dict) and corpus.get("sources")):
        problems.append("corpus.sources is empty and there is no clinic section: nothing to study")
    earlier: list[str] = []
    for arm, method in (arms if isinstance(arms, dict) else {}).items():
        start = method.get("start") if isinstance(method, dict) else None
        if arm in ("base", "prompted"):
            problems.append(f"train.{arm}: {arm!r} is the name of an arm that is not trained")
        if start is not None and start not in earlier:
            problems.append(
                f"train.{arm}.start: {start!r} is not an arm trained before it ({', '.join(earlier) or 'none'})"
            )
        earlier.append(arm)
    return problems


def _problem(kind: type[BaseModel], problem: dict[str, Any]) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        hint = nearest(str(problem["loc"][-1]), _fields(kind, problem["loc"][:-1]))
        return f"{path}: no such setting" + (f"; did you mean {hint!r}?" if hint else "")
    if problem["type"] == "value_error":
        return f"{path}: {problem['ctx']['error']}" if path else str(problem["ctx"]["error"])
    return f"{path}: {problem['input']!r}: {problem['msg']}"


def _fields(kind: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The setting names at a path; where the path goes through a dict, its section's names."""
    fields, free = kind.model_fields, False
    for part in path:
        if free:  # a name that the user chose, such as an arm's
            free = False
            continue
        field = fields.get(str(part))
        if field is None:
            continue
        free = getattr(field.annotation, "__origin__", None) is dict
        sections = [a for a in _leaves(field.annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
        if sections:
            fields = sections[0].model_fields
    return list(fields)


def _leaves(annotation: Any) -> list[Any]:
    parts = getattr(annotation, "__args__", None)
    return [leaf for part in parts for leaf in _leaves(part)] if parts else [annotation]


def override(settings: dict[str, Any], text: str) -> None:
    """Put one `dotted.key=value` into settings; the value is YAML."""
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise ConfigError(
            f"{text!r} is neither a study file nor a key=value setting", remedy="Example: train.sft.epochs=2"
        )
    node = settings
    *parents, last = path.split(".")
    for part in parents:
        below = node.setdefault(part, {})
        if not isinstance(below, dict):
            raise ConfigError(f"{part!r} has no settings below it", where=text)
        node = below
    try:
        node[last] = yaml.safe_load(value)
    except yaml.YAMLError:
        raise ConfigError(f"{value!r} is not a YAML value", where=text) from None

"""Publishing on the Hugging Face hub: a data set or a model with its card, whole or not at all.

What is incomplete, or comes under a licence that is not known to allow passing it on, is refused. The token is the hub
library's own business (`hf auth login`, HF_TOKEN); it is neither read nor shown here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Literal

import msgspec

from bedside.core.errors import UserMistake
from bedside.core.files import read_rows
from bedside.core.hub import hub_licence
from bedside.core.manifest import read_manifest
from bedside.train.card import with_evaluation

__all__ = ["Push", "Told", "plan_push", "upload"]

DATA_STAGES = ("clinic", "corpus", "rewrite", "pairs")
MODEL_STAGES = ("train", "export")
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
# Rows that were turned down, with the private details that they were turned down for; requests and their replies.
KEPT_BACK = re.compile(r"^\.|^rejected\.jsonl$|\.sqlite|\.parts$|^checkpoints$|\.tmp$")


class Licensed(msgspec.Struct, frozen=True):
    """Any row; its licence counts."""

    licence: str = ""


class Push(msgspec.Struct, frozen=True):
    """What goes where: the files by name with their sizes in bytes, and those that go out otherwise than they lie here.

    These are the card, with its evaluation, and what names the base, by its name on the hub.
    """

    folder: Path
    repo: str
    kind: Literal["dataset", "model"]
    files: dict[str, int]
    changed: dict[str, bytes]


class Told(msgspec.Struct, frozen=True):
    """What is said of a folder when it is published.

    `evaluation` is Markdown for a model's card; `base` is the hub name of an adapter's base that was a folder.
    """

    evaluation: str = ""
    base: str | None = None
    licence_checked: bool = False


def plan_push(folder: Path, repo: str, told: Told | None = None) -> Push:
    """What publishing a stage's folder would upload; nothing is asked of the hub.

    Raises:
        UserMistake: the folder is not complete or has no card, the name is no OWNER/NAME, a licence must be checked, or
            an adapter's base is known by a path of this machine alone.
    """
    told = told or Told()
    if not HUB_NAME.fullmatch(repo):
        raise UserMistake(f"--repo {repo!r} is not OWNER/NAME", remedy="Example: --repo my-clinic/comfort-qwen3")
    manifest = read_manifest(folder)
    if manifest is None or (folder / ".started.json").exists() or manifest.stage not in DATA_STAGES + MODEL_STAGES:
        raise UserMistake(
            "is no complete folder of a corpus, rewrite, pairs, trained or exported model",
            where=str(folder),
            remedy="Publish what a stage finished; its manifest.json says so.",
        )
    readme = folder / "README.md"
    if not readme.is_file():
        raise UserMistake(
            "has no card (README.md)", where=str(folder), remedy="Make the folder again with this version."
        )
    if not told.licence_checked:
        _require_licence(folder)
    is_model = manifest.stage in MODEL_STAGES
    changed = _card(readme, told.evaluation) | _public_base(folder, told.base) if is_model else {}
    files = {
        p.relative_to(folder).as_posix(): p.stat().st_size for p in sorted(folder.rglob("*")) if _public(p, folder)
    }
    files |= {name: len(content) for name, content in changed.items()}
    return Push(folder, repo, "model" if is_model else "dataset", files, changed)


def _public(path: Path, folder: Path) -> bool:
    return path.is_file() and not any(KEPT_BACK.search(part) for part in path.relative_to(folder).parts)


def _public_base(folder: Path, base: str | None) -> dict[str, bytes]:
    """The files that name an adapter's base, with its name on the hub where they hold a path of this machine."""
    config, manifest = folder / "adapter_config.json", folder / "manifest.json"
    if not config.is_file():
        return {}
    settings = json.loads(config.read_text(encoding="utf-8"))
    recorded = str(settings.get("base_model_name_or_path"))
    if base is None and HUB_NAME.fullmatch(recorded) and not Path(recorded).exists():
        return {}
    if base is None:
        raise UserMistake(
            f"its base is known by a path of this machine: {recorded}",
            where=str(config),
            remedy="Name it as it is on the hub, --base OWNER/NAME; or publish whole weights: "
            f"bedside export {folder} --merge -o FOLDER",
        )
    if not HUB_NAME.fullmatch(base):
        raise UserMistake(f"--base {base!r} is not OWNER/NAME", remedy="Example: --base Qwen/Qwen3-0.6B")
    stage = json.loads(manifest.read_text(encoding="utf-8")) | {"model": f"local:{base}"}
    renamed = {config.name: settings | {"base_model_name_or_path": base}, manifest.name: stage}
    return {
        name: (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode() for name, content in renamed.items()
    }


def _card(readme: Path, told: str) -> dict[str, bytes]:
    return {readme.name: with_evaluation(readme.read_text(encoding="utf-8"), told).encode()} if told else {}


def _require_licence(folder: Path) -> None:
    """Rows carry their licence; pairs have it in their card only, where the examples of many sources are mixed."""
    found = {row.licence for path in sorted(folder.glob("*.jsonl")) for row in _licensed(path)}
    if (folder / "sft.jsonl").is_file():
        told = (folder / "README.md").read_text(encoding="utf-8")
        found |= set(re.findall(r"^\| licence \| (.*?) \| [\d,]+ \|$", told, re.MULTILINE)) or {"unknown"}
    wrong = sorted(name for name in found - {""} if hub_licence([name]) == "other")
    if wrong:
        raise UserMistake(
            f"holds rows under a licence that is not known to allow publishing: {', '.join(wrong)[:300]}",
            where=str(folder),
            remedy="Read it; where you may publish, add --licence-checked.",
        )


def _licensed(path: Path) -> list[Licensed]:
    return [row for row in read_rows(path, Licensed) if row.licence]


def upload(push: Push, private: bool) -> str:
    """Make the repository where there is none, upload everything in one commit, and return its address.

    Raises:
        UserMistake: the hub refuses, or cannot be reached.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, errors
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    sources: dict[str, bytes | str] = {name: str(push.folder / name) for name in push.files}
    sources |= push.changed
    operations = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=what) for name, what in sources.items()]
    hub = HfApi(library_name="bedside")
    try:
        hub.create_repo(push.repo, repo_type=push.kind, private=private, exist_ok=True)
        done = hub.create_commit(
            push.repo, operations, commit_message=f"Publish {push.folder.resolve().name}", repo_type=push.kind
        )
    except HfHubHTTPError as error:
        code = error.response.status_code if error.response is not None else "no answer"
        remedy = "Log in with a token that may write there: hf auth login" if code in (401, 403) else None
        raise UserMistake(f"the hub refuses ({code}): {_first_line(error)}", where=push.repo, remedy=remedy) from None
    except (errors.HTTPError, OSError) as error:  # type: ignore[attr-defined] # of the client that the library uses
        raise UserMistake(f"the hub cannot be reached: {_first_line(error)}", where=push.repo) from None
    return str(done.commit_url)


def _first_line(error: Exception) -> str:
    """What an error says, with nothing in it that looks like a token."""
    text = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return re.sub(r"hf_\w+", "hf_...", text)

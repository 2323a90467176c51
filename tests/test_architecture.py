"""The house: who may import whom, no cycles, no work for `--help`, a README that is true."""

from __future__ import annotations

import ast
import importlib
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "bedside"
STAGES = {"corpus", "rewrite", "pairs", "train", "evaluate", "serve", "clinic"}
# What each part of the house may import, beside itself.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "signals": {"core"},
    "llm": {"core"},
    **{stage: {"core", "signals", "llm"} for stage in STAGES},
    "study": STAGES | {"core"} | {"llm"},
    "tables": {"core"},
    "typed": {"core"},
    "cli": STAGES | {"core", "signals", "llm", "study", "tables", "verbs", "typed"},
    "verbs": STAGES | {"core", "typed"},
    "__main__": {"cli"},
}
TORCH_IN = {"train", "clinic", "llm"}


def modules() -> dict[str, Path]:
    """Every module by its dotted name below `bedside`."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, everywhere: bool) -> set[str]:
    """Names imported by a module: at its top level, or also inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if everywhere else iter(tree.body)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def part_of(name: str) -> str:
    return name.split(".")[0]


def test_parts_import_only_what_the_house_allows() -> None:
    broken = []
    for name, path in modules().items():
        if not name:
            continue
        for imported in imports(path, everywhere=True):
            if imported.startswith("bedside."):
                target = part_of(imported.removeprefix("bedside."))
                if target not in MAY_IMPORT[part_of(name)] | {part_of(name), "__version__"}:
                    broken.append(f"{name} imports {imported}")
    assert broken == []
    assert len(modules()) > 50, "the walk found the modules"


def test_a_stage_that_imported_another_would_be_caught(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("def f():\n    from bedside.rewrite import build\n", encoding="utf-8")
    assert "bedside.rewrite" in imports(path, everywhere=True)
    assert "rewrite" not in MAY_IMPORT["train"]


def test_there_is_no_import_cycle() -> None:
    found = modules()
    graph = {
        name: {t for i in imports(path, everywhere=False) if (t := i.removeprefix("bedside.")) in found and t != name}
        for name, path in found.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"cycle: {' -> '.join([*trail[trail.index(name) :], name])}"
        if name not in done:
            for target in graph[name]:
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())
    assert done == set(found)


def test_torch_is_imported_only_where_models_are() -> None:
    heavy = {"torch", "transformers", "trl", "peft", "accelerate"}
    for name, path in modules().items():
        imported = {part_of(i) for i in imports(path, everywhere=True)}
        if imported & heavy:
            assert part_of(name) in TORCH_IN, name
        if "datasets" in imported:
            readers = ("corpus.formats.hugging_face", "evaluate.exam_formats.hub")
            assert part_of(name) == "train" or name in readers, name


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['bedside', '--help']\n"
        "from bedside.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'trl', 'numpy', 'pydantic', 'openai', 'datasets', 'matplotlib', 'sklearn'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in out.stdout
    assert "run" in out.stdout


@pytest.mark.parametrize("name", sorted(n for n in modules() if n and "." in n and not n.endswith("__main__")))
def test_all_names_what_is_there(name: str) -> None:
    module = importlib.import_module(f"bedside.{name}")
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module's docstring is its contract"
    for exported in getattr(module, "__all__", ()):
        assert hasattr(module, exported), exported


def test_functions_stay_small_and_files_too() -> None:
    long_functions, long_files = [], []
    for name, path in modules().items():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 420:
            long_files.append(name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno > 60:
                long_functions.append(f"{name}.{node.name}")
    assert long_functions == []
    assert long_files == []


def tree_lines() -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```tree\n(.*?)```", readme, re.DOTALL)
    assert block, "the README holds the annotated tree"
    return block[1].splitlines()


def test_the_readme_tree_is_the_disk() -> None:
    named: set[str] = set()
    stack: list[tuple[int, str]] = []
    for line in tree_lines():
        match = re.match(r"( *)([\w.\-/*]+)", line)
        assert match, line
        depth, name = len(match[1]), match[2]
        while stack and stack[-1][0] >= depth:
            stack.pop()
        path = "/".join([*(n.rstrip("/") for _, n in stack), name.rstrip("/")])
        named.add(path)
        if name.endswith("/"):
            stack.append((depth, name))
        if "*" not in path:
            assert (ROOT / path).exists(), f"the README names {path}, which is not there"
    packages = {f"src/bedside/{p.name}" for p in SOURCE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    files = {f"src/bedside/{p.name}" for p in SOURCE.glob("*.py") if p.name != "__init__.py"}
    assert packages | files <= named, (packages | files) - named


def test_the_project_names_no_foreign_place() -> None:
    words = ("huggingface" + ".co/api", "pypi" + ".org", "pytorch" + ".org/whl")
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], path


def test_tests_reach_no_other_machine() -> None:
    with pytest.raises(ConnectionRefusedError, match="no outside socket"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)  # RFC 5737: an address for documentation

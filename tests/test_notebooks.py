"""Notebooks, and the snippets of the how-to about them, run from their first cell to the last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.notebook_cells import executed, notebooks, read_notebook, with_settings
from tests.pipelines.mediation.conftest import make_tiny_lm
from tests.sessions import ROOT, session

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
HOW_TO = ROOT / "docs" / "how-to" / "notebook.md"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cell that chooses a finished run of the tiny model."""
    folder = tmp_path_factory.mktemp("run")
    make_tiny_lm(folder / "tiny")
    parameters = {
        "data_root": str(folder / "data"),
        "models_root": str(folder),
        "tiny_model": str(folder / "tiny"),
        "models": ["tiny"],
        "device": "cpu",
        "dtype": "float32",
    }
    with session("test", **parameters) as opened:
        opened.run(pipeline_names=["ingestion", "representation", "alignment"])
    with session("test", **parameters) as opened:
        truth = ["survey_ground_truth", "country_languages"]
        opened.run(pipeline_names=["cultural"], to_outputs=truth)
    with session("test", **parameters) as opened:
        opened.run(pipeline_names=["counting", "mediation"])
    return f"environment, parameters, model = 'test', {parameters!r}, 'tiny'"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_committed_without_outputs(path: Path) -> None:
    notebook = read_notebook(path)
    notebooks.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.slow
def test_the_alignment_notebook_runs(settings: str) -> None:
    notebook = read_notebook(ROOT / "notebooks" / "alignment.ipynb")
    own, _, tables, figure, pairs = executed(with_settings(notebook, settings))
    assert own["text/plain"].count("deu") == 2
    assert "mexa" in tables["text/plain"]
    assert "image/png" in figure
    assert pairs["text/plain"].count("bottom") == pairs["text/plain"].count("top") == 3


@pytest.mark.slow
def test_the_snippets_of_the_how_to_run(settings: str) -> None:
    snippets = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    cells = [notebooks.v4.new_code_cell(snippet) for snippet in snippets]
    notebook = notebooks.v4.new_notebook(cells=cells)
    shown = executed(with_settings(notebook, settings))
    assert "mexa" in shown[0]["text/plain"]
    drawn = [snippet for snippet, cell in zip(snippets, shown, strict=True) if "image/png" in cell]
    assert [re.findall(r"^(?:figure = )?(draw_\w+)\(", one, re.MULTILINE) for one in drawn] == [
        ["draw_alignment_extremes"],
        ["draw_country_map"],
        ["draw_mediation_map"],
    ]
    [scores] = [cell["text/plain"] for cell in shown if "baseline" in cell.get("text/plain", "")]
    assert scores.count("first") == scores.count("last") == 3, "two languages, and both"
    patched = shown[-1]["text/html"]
    assert re.findall(r"<th>(.+?)</th>", patched)[-4:] == ["0", "1", "2", "3"], "layers"

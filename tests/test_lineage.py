"""The lineage as `kedro viz` shows it: layers, a box a model, previews, in a browser too."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from kedro.framework.project import pipelines
from kedro.pipeline import Pipeline

from isogloss.hooks.lineage import finish_lineage_page
from tests.language_models.conftest import save_tiny_model
from tests.sessions import ENVIRONMENTS, ROOT, session

LAYERS = (
    *("raw", "intermediate", "primary", "models"),
    *("feature", "model input", "model output", "reporting"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OFFLINE = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTPS_PROXY")}
FONTS = '<link href="https://fonts.googleapis.com/css2?family=Inter"\n rel="stylesheet" />'


def flows(pipeline: Pipeline) -> Iterator[tuple[str, str, str]]:
    """Give what leads from data to data: by a node, and by the box of a model as a whole."""
    boxes = {node.namespace for node in pipeline.nodes if node.namespace}
    groups = [(node.name, node.inputs, node.outputs) for node in pipeline.nodes]
    for box in boxes:
        inside = pipeline.only_nodes_with_namespaces([box])
        groups.append((str(box), [*inside.inputs()], [*inside.outputs()]))
    for name, sources, results in groups:
        for source in sources:
            for result in results:
                if not source.startswith("params:"):
                    yield name, source, result


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_result_lies_in_an_earlier_layer_than_what_it_is_made_from(environment: str) -> None:
    # Kedro-Viz shows no layers at all where they lead back to each other.
    with session(environment, data_root="nowhere") as opened:
        catalog = opened.load_context().catalog
        names = {name for pipeline in pipelines.values() for name in pipeline.datasets()}
        layers = {
            name: LAYERS.index(catalog.get(name).metadata["kedro-viz"]["layer"])
            for name in names
            if not name.startswith("params:")
        }
        found = set(flows(pipelines["__default__"]))
    backwards = {flow for flow in found if layers[flow[1]] > layers[flow[2]]}
    assert len(found) > 100
    assert backwards == set()


def test_a_page_that_was_built_asks_no_other_host(tmp_path: Path) -> None:
    page = tmp_path / "build" / "index.html"
    (tmp_path / "build" / "api").mkdir(parents=True)
    own = '<link rel="stylesheet" href="./assets/own.css">'
    page.write_text(f"<head>{FONTS}{own}</head>", encoding="utf-8")
    finish_lineage_page(tmp_path, ["viz", "run"])
    assert FONTS in page.read_text(encoding="utf-8")
    finish_lineage_page(tmp_path, ["viz", "build", "--include-previews"])
    assert page.read_text(encoding="utf-8") == f"<head>{own}</head>"
    asked = json.loads((tmp_path / "build" / "api" / "metadata").read_text(encoding="utf-8"))
    assert asked["package_compatibilities"][0]["is_compatible"] is True


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a copy of the project, after a run of the tiny model."""
    folder = tmp_path_factory.mktemp("lineage")
    places = {
        "data_root": str(folder / "data"),
        "models_root": str(folder),
        "tiny_model": str(save_tiny_model("llama", folder / "tiny")),
    }
    rooms = ["ingestion", "representation", "alignment", "reporting"]
    with session("test", models=["tiny"], device="cpu", dtype="float32", **places) as opened:
        opened.run(pipeline_names=rooms, to_outputs=["tiny.alignment_matrix_figure"])
    copy = _copy_project(folder / "project", places)
    paths = [str(copy / "src"), os.environ.get("PYTHONPATH", "")]
    surroundings = {"KEDRO_ENV": "test", "PYTHONPATH": os.pathsep.join(paths), **OFFLINE}
    built = subprocess.run(
        [sys.executable, "-m", "kedro", "viz", "build", "--include-previews"],
        check=False,
        cwd=copy,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Success" in built.stdout, built.stdout + built.stderr
    return copy / "build"


def _copy_project(copy: Path, places: dict[str, str]) -> Path:
    """Copy the project, with places of its own in the environment `test`."""
    for name in ("conf", "src"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("local"))
    shutil.copytree(ROOT / "data" / "01_raw", copy / "data" / "01_raw")
    (copy / "conf" / "local").mkdir()
    for name in ("pyproject.toml", "README.md", ".telemetry"):
        shutil.copy(ROOT / name, copy / name)
    for name, given in (("globals", places), ("parameters", {"models": ["tiny"]})):
        path = copy / "conf" / "test" / f"{name}.yml"
        content = {**yaml.safe_load(path.read_text(encoding="utf-8")), **given}
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return copy


def read(page: Path, name: str) -> Any:
    return json.loads((page / "api" / name).read_text(encoding="utf-8"))


def preview(page: Path, name: str) -> dict[str, Any]:
    [node] = [one for one in read(page, "main")["nodes"] if one["name"] == name]
    found: dict[str, Any] = read(page, f"nodes/{node['id']}")
    return found


@pytest.mark.slow
def test_the_page_has_layers_a_box_a_model_tags_and_previews(page: Path) -> None:
    main = read(page, "main")
    # Nothing that is shown makes models here, so that they may stand first.
    assert "models" in main["layers"]
    shown = [layer for layer in main["layers"] if layer != "models"]
    assert shown == [layer for layer in LAYERS if layer not in ("intermediate", "models")]
    boxes = main["modular_pipelines"]
    assert set(boxes) == {"__root__", "tiny"}
    edges = {(edge["source"], edge["target"]) for edge in main["edges"]}
    # Kedro-Viz cuts a box off from what leads back into it.
    assert {(source, "tiny") for source in boxes["tiny"]["inputs"]} <= edges
    assert {"alignment", "tiny", "counting"} <= {tag["id"] for tag in main["tags"]}
    table = preview(page, "parallel_sentences")
    assert table["preview_type"] == "TablePreview"
    assert table["preview"]["columns"] == ["language", "sentence_id", "text"]
    assert preview(page, "tiny.alignment_matrix_figure")["preview"].startswith("iVBOR")
    partitions = preview(page, "tiny.embeddings")["preview"]
    assert [row[0] for row in partitions["data"]] == ["deu", "eng", "fra", "swh"]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback."""
    handler = partial(_QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.slow
def test_a_browser_shows_the_page_without_errors_and_without_other_hosts(
    page: Path, tmp_path: Path
) -> None:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with served(page) as address:
        shown = subprocess.run(
            [
                *(browser, "--headless", "--no-sandbox", "--disable-gpu"),
                *(f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr"),
                *(f"--log-net-log={tmp_path / 'net.json'}", "--virtual-time-budget=20000"),
                *("--dump-dom", f"{address}/?pid=alignment"),
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
    log = (tmp_path / "net.json").read_text(encoding="utf-8").splitlines()
    by_page = "\n".join(line for line in log if f'"initiator":"{address}"' in line)
    asked = set(re.findall(r'"url":"([^"]*)"', by_page))
    assert f"{address}/api/main" in asked
    assert {url for url in asked if not url.startswith(f"{address}/")} == set()
    spoken = [line for line in shown.stderr.splitlines() if "CONSOLE" in line]
    assert [line for line in spoken if "rror" in line] == []
    layers = re.findall(r'class="pipeline-layer-name"[^>]*>([^<]+)<', shown.stdout)
    assert layers == ["primary", "feature", "model output", "reporting"]
    names = re.findall(r'class="pipeline-node__text"[^>]*>([^<]+)<', shown.stdout)
    # The box is shut: its nodes are not shown.
    assert "tiny" in names
    assert "measure_alignment" not in names

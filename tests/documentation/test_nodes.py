from documentation.nodes import list_pipelines
from documentation.project import load_pipelines

LISTED = list_pipelines()


def test_every_pipeline_but_their_sum_is_listed() -> None:
    names = set(load_pipelines()) - {"__default__"}
    assert {name for name in names if f"## `{name}` {{ #{name} }}" in LISTED} == names
    assert "__default__" not in LISTED


def test_a_node_of_every_model_stands_once() -> None:
    assert LISTED.count("| `measure_alignment`<br>") == 1
    assert "`{model}.alignment_outcomes`" in LISTED
    assert "gemma_270m_q4" not in LISTED


def test_every_node_says_what_it_does() -> None:
    rows = [line for line in LISTED.splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert not [row for row in rows if "<br> |" in row]


def test_every_room_has_something_to_do() -> None:
    for name, pipeline in load_pipelines().items():
        assert pipeline.nodes, name

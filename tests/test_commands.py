from __future__ import annotations

import shlex

import pytest

from isogloss.commands import refuse_list_mistakes, run_command
from isogloss.errors import Refusal


@pytest.mark.parametrize(
    ("option", "mended"),
    [
        ("languages=eng,deu", "languages=eng deu"),
        ("languages=[eng,deu, swh]", "languages=eng deu swh"),
        ("models=a,b,languages=eng deu,pivot=eng", "models=a b,languages=eng deu,pivot=eng"),
        ("languages=('eng','deu')", "languages=eng deu"),
        ("file_pattern={language}.txt", "file_pattern='{language}.txt'"),
        (
            "corpus=folder,file_pattern={language}.txt,languages=eng,deu",
            "corpus=folder,file_pattern='{language}.txt',languages=eng deu",
        ),
        (
            "alignment={mode: pivot, top_n: 3}",
            "alignment.mode=pivot,alignment.top_n=3",
        ),
    ],
)
@pytest.mark.parametrize("joined", [False, True])
def test_a_list_with_commas_is_refused_and_mended(option: str, mended: str, joined: bool) -> None:
    arguments = ["run", f"--params={option}"] if joined else ["run", "--params", option]
    with pytest.raises(Refusal) as caught:
        refuse_list_mistakes([*arguments, "--env", "test"])
    assert str(caught.value).endswith(f'Write: --params "{mended}"')


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--params", "languages=eng deu,pivot=eng"],
        ["run", "--params", "alignment={mode: pivot}"],
        ["run", "--params", "file_pattern='{language}.txt',corpus=folder"],
        ["run", "--params", "file_pattern=a.{language}.txt"],
        ["run", "--params", ""],
        ["run", "--params"],
        ["run", "--tags", "a,b"],
    ],
)
def test_other_commands_pass(arguments: list[str]) -> None:
    refuse_list_mistakes(arguments)


def test_a_command_repeats_the_settings_of_a_run() -> None:
    run = {
        "env": "test",
        "runtime_params": {
            "languages": ["eng", "deu"],
            "sentence_sample": {"size": None, "seed": 1},
            "ingestion": {"strict": True},
        },
    }
    assert run_command(["alignment", "reporting"], run, ["tiny"]) == (
        "kedro run --pipelines alignment,reporting --namespaces tiny --env test --params "
        "'languages=eng deu,sentence_sample.size=null,sentence_sample.seed=1,ingestion.strict=true'"
    )


def test_a_command_that_is_recommended_is_not_refused() -> None:
    run = {"runtime_params": {"file_pattern": "{language}.txt", "raw_data": "/my data"}}
    text = run_command([], run)
    assert text == "kedro run --params \"file_pattern='{language}.txt',raw_data=/my data\""
    refuse_list_mistakes(shlex.split(text))
    dollar = run_command([], {"runtime_params": {"raw_data": "it's $5"}})
    assert shlex.split(dollar)[-1] == "raw_data=it's $5"


def test_a_command_that_repeats_a_run_has_its_tags() -> None:
    run = {"runtime_params": {"data_root": "elsewhere"}, "tags": ("ingestion", "merging")}
    assert run_command([], run, tags=run["tags"]) == (
        "kedro run --tags ingestion,merging --params data_root=elsewhere"
    )
    # Of another run these may be the wrong ones.
    assert run_command(["tasks"], run) == "kedro run --pipelines tasks --params data_root=elsewhere"


def test_a_command_without_settings_is_short() -> None:
    assert run_command([], {"env": None, "runtime_params": {}}) == "kedro run"

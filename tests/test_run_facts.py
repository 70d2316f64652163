from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np

from isogloss.run_facts import (
    changed_parameters,
    describe_models,
    find_seeds,
    library_versions,
    now,
    source_state,
    without_places,
)


def test_versions_are_those_that_are_installed() -> None:
    found = library_versions()
    assert found["numpy"] == np.__version__
    assert re.fullmatch(r"3\.\d+\.\d+", found["python"])
    assert list(found)[:2] == ["isogloss", "python"]


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@b.example"]
    answer = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True
    )
    return answer.stdout.decode().strip()


def test_the_commit_is_named_and_changes_that_bear_on_results_are(tmp_path: Path) -> None:
    assert source_state(tmp_path) == {"commit": "", "changed": False}
    git(tmp_path, "init")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("x = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "One")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "notes.txt").write_text("not of the program\n")
    assert source_state(tmp_path) == {"commit": commit, "changed": False}
    (tmp_path / "src" / "new.py").write_text("y = 1\n")
    assert source_state(tmp_path) == {"commit": commit, "changed": True}


def test_models_are_described_without_places_and_credentials() -> None:
    catalog = {
        "gemma.lm": {
            "kind": "causal", "hub": "google/gemma", "revision": "abc", "quantisation": "4bit",
            "licence": "Gemma", "filepath": "/home/me/models", "device": "cuda",
        },
        "gpt.chat": {"model": "gpt-4o", "credentials": {"key": "secret"}, "base_url": "http://me"},
    }  # fmt: skip
    assert describe_models(["gemma", "gpt", "vectors"], catalog) == {
        "gemma": {
            "kind": "causal", "hub": "google/gemma", "revision": "abc", "quantisation": "4bit",
            "licence": "Gemma",
        },
        "gpt": {"model": "gpt-4o"},
        "vectors": {},
    }  # fmt: skip


def test_parameters_that_differ_are_named_in_full() -> None:
    base = {"tasks": {"seed": 0, "shots": 5}, "languages": "all", "gone": {"a": 1}}
    used = {"tasks": {"seed": 0, "shots": 2, "extra": True}, "languages": ["deu"], "gone": {"a": 1}}
    assert changed_parameters(base, used) == {
        "tasks.shots": [5, 2],
        "languages": ["all", ["deu"]],
        "tasks.extra": [None, True],
    }
    assert changed_parameters(base, base) == {}


def test_seeds_are_found_wherever_they_are() -> None:
    parameters = {"tasks": {"seed": 3, "inner": {"seed": 4}}, "finetuning": {"seeds": [0, 1]}}
    expected = {"tasks.seed": 3, "tasks.inner.seed": 4, "finetuning.seeds": [0, 1]}
    assert find_seeds(parameters) == expected


def test_the_date_is_in_universal_time() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", now())


def test_nothing_tells_folders_or_passwords_of_this_machine() -> None:
    facts = {
        "adapter": "/home/alice/adapters/lora/",
        "folder": ["C:\\Users\\alice\\wvs.csv", "data/mine", "~/private/x.csv"],
        "server": {"url": "http://alice:token@host:8000/v1", "other": "http://host/a@b"},
        "file": "file:///home/alice/x.csv",
        "shots": 5,
        "prompt": "/ and then\n/home",
        "none": None,
    }
    assert without_places(facts) == {
        "adapter": "lora",
        "folder": ["wvs.csv", "data/mine", "x.csv"],
        "server": {"url": "http://host:8000/v1", "other": "http://host/a@b"},
        "file": "x.csv",
        "shots": 5,
        "prompt": "/ and then\n/home",
        "none": None,
    }


def test_models_in_folders_are_named_by_their_last_part() -> None:
    catalog = {
        "mine.lm": {"hub": "a/b", "adapter": "/home/alice/lora"},
        "local.lm": {"kind": "causal", "path": "/home/alice/models/tuned"},
    }
    assert describe_models(["mine", "local"], catalog) == {
        "mine": {"hub": "a/b", "adapter": "lora"},
        "local": {"kind": "causal", "folder": "tuned"},
    }

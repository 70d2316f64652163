from __future__ import annotations

from pathlib import Path

import pytest
from kedro.io import DatasetError

from isogloss.datasets.item_folder import ItemFileError, ItemFolderDataset
from isogloss.errors import Refusal


def test_json_lines_become_items_by_language(tmp_path: Path) -> None:
    (tmp_path / "eng_Latn.jsonl").write_text('{"link": "a"}\n\n{"link": "b"}\n')
    (tmp_path / "deu_Latn.jsonl").write_text('{"link": "ä"}\n', encoding="utf-8")
    (tmp_path / "README.md").write_text("other")
    items = ItemFolderDataset(
        filepath=str(tmp_path), pattern="{language}.jsonl", format="jsonl"
    ).load()
    assert set(items.read) == {"eng_Latn", "deu_Latn"}
    english = items.read["eng_Latn"]()
    assert [item.fields["link"] for item in english] == ["a", "b"]
    assert english[1].place == f"{tmp_path}/eng_Latn.jsonl, line 3"
    assert items.read["deu_Latn"]()[0].fields == {"link": "ä"}


def test_names_of_csv_files_become_fields(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "life_science_dev.csv").write_text('q,a\n"two\nlines",b\n')
    (tmp_path / "dev" / "life_science_test.csv").write_text("in the wrong folder\n")
    items = ItemFolderDataset(
        filepath=str(tmp_path),
        pattern="{split}/{subject}_{split}.csv",
        format="csv",
        language="eng",
    ).load()
    [first, second] = items.read["eng"]()
    assert first.fields == {"split": "dev", "subject": "life_science", "cells": ["q", "a"]}
    assert second.fields["cells"] == ["two\nlines", "b"]
    assert second.place == f"{tmp_path}/dev/life_science_dev.csv, line 2"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"link": }\n', "line 1: no valid JSON"),
        (b"[1]\n", r"line 1: '\[1\]' is no object"),
        (b"\n", "eng.jsonl: the file is empty. Add items"),
        (b"{}\n{\n[1]\n", r"line 2: no valid JSON.*\n.*line 3: '\[1\]' is no object"),
        (b"{\n" * 7, r"line 5: no valid.*\n2 more lines of .*eng.jsonl have such faults\.$"),
        (b"[" * 100_000, "line 1: its numbers are too long, or its lists too deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "line 1: its numbers are too long"),
        (b'{"a": 1}\n"\xff"\n', "line 2: byte 0xFF is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "eng.jsonl").write_bytes(content)
    items = ItemFolderDataset(
        filepath=str(tmp_path), pattern="{language}.jsonl", format="jsonl"
    ).load()
    with pytest.raises(ItemFileError, match=message):
        items.read["eng"]()


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        ItemFolderDataset(
            filepath=str(tmp_path / "none"), pattern="{language}.jsonl", format="jsonl"
        ).load()
    (tmp_path / "eng.txt").write_text("x")
    with pytest.raises(DatasetError, match="No file in .* is named like .*found: eng.txt"):
        ItemFolderDataset(filepath=str(tmp_path), pattern="{language}.jsonl", format="jsonl").load()
    with pytest.raises(Refusal, match="not both"):
        ItemFolderDataset(
            filepath=str(tmp_path), pattern="{language}.jsonl", format="jsonl", language="eng"
        )


def test_a_text_may_hold_what_some_programs_take_for_a_line_break(tmp_path: Path) -> None:
    text = "one\u2028two\x85three"
    (tmp_path / "eng.jsonl").write_text(f'{{"a": "{text}"}}\r\n', encoding="utf-8", newline="")
    items = ItemFolderDataset(
        filepath=str(tmp_path), pattern="{language}.jsonl", format="jsonl"
    ).load()
    assert [item.fields["a"] for item in items.read["eng"]()] == [text]


def test_a_quotation_mark_without_its_partner_is_found_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "eng.csv").write_text('"a\nb",c\n"d,e\nf,g\n')
    items = ItemFolderDataset(filepath=str(tmp_path), pattern="{language}.csv", format="csv").load()
    with pytest.raises(ItemFileError, match="line 3: no valid CSV row starts here .unexpected end"):
        items.read["eng"]()


def test_utterances_are_found_by_locale_however_their_archive_was_unpacked(tmp_path: Path) -> None:
    patterns = ["{locale}.jsonl", "data/{locale}.jsonl", "1.1/data/{locale}.jsonl"]
    for pattern in patterns:
        root = tmp_path / str(len(pattern))
        path = root / pattern.format(locale="zh-CN")
        path.parent.mkdir(parents=True)
        path.write_text('{"id": "0"}\n')
        read = ItemFolderDataset(filepath=str(root), pattern=patterns, format="jsonl").load().read
        assert [item.fields for item in read["zh-CN"]()] == [{"id": "0"}]
        assert read["zh-CN"]()[0].place == f"{path}, line 1"


def test_data_that_lie_there_twice_are_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("de-DE.jsonl", "data/en-US.jsonl"):
        (tmp_path / name).write_text("{}\n")
    folder = ItemFolderDataset(
        filepath=str(tmp_path), pattern=["{locale}.jsonl", "data/{locale}.jsonl"], format="jsonl"
    )
    with pytest.raises(
        DatasetError, match="files such as de-DE.jsonl and such as data/en-US.jsonl. Keep"
    ):
        folder.load()
    for name in ("de-DE.jsonl", "data/en-US.jsonl"):
        (tmp_path / name).rename(tmp_path / f"{name}.txt")
    with pytest.raises(DatasetError, match="is named like '{locale}.jsonl' or 'data/{locale}.json"):
        folder.load()

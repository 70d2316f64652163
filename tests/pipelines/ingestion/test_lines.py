from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from isogloss.pipelines.ingestion.lines import CorpusError, read_lines


def test_lines_are_read_unchanged() -> None:
    assert read_lines("a.txt", "Ein Satz. \n«Δύο»\n三つ\n".encode()) == [
        "Ein Satz. ",
        "«Δύο»",
        "三つ",
    ]


def test_a_last_line_without_line_end_counts() -> None:
    assert read_lines("a.txt", b"one\ntwo") == ["one", "two"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("one\nZwölf\n".encode("latin-1"), r"deu\.txt, line 2: byte 0xF6 at position 3.*iconv"),
        ("\ufeffone\n".encode(), r"deu\.txt, line 1: .*UTF-8 byte order mark.*sed"),
        ("one\n".encode("utf-16"), r"deu\.txt, line 1: .*UTF-16 byte order mark.*iconv -f UTF-16"),
        ("one\n".encode("utf-32"), r"deu\.txt, line 1: .*UTF-32 byte order mark"),
        (b"one\r\ntwo\r\n", r"deu\.txt, line 1: .*CR LF.*sed"),
        (b"one\ntw\ro\n", r"deu\.txt, line 2: the line holds U\+000D"),
        ("one\ntw\u2028o\n".encode(), r"deu\.txt, line 2: the line holds U\+2028 \(LINE SEPARATOR"),
        (b"one\n\nthree\n", r"deu\.txt, line 2: the line is empty"),
        (b"one\n \t \nthree\n", r"deu\.txt, line 2: the line is empty"),
        (b"one\n\n", r"nothing follows line 1 but empty lines, 1 in all.*sed -i '2,\$d' deu\.txt"),
        (b"one\n \n\n\t", r"nothing follows line 1 but empty lines, 3 in all.*sed -i '2,\$d'"),
        (b"a\r\nb\r\nc\n", r"line 1: the line ends in CR LF \(Windows\), as does another\."),
        (b"a\r\nb\r\nc\r\n", r"line 1: the line ends in CR LF \(Windows\), as do 2 others\."),
        (b"", r"deu\.txt: the file is empty"),
        (b"one\ntwo\x00\n", r"deu\.txt, line 2: the line holds a NUL"),
    ],
)
def test_bad_input_is_refused_with_file_line_and_remedy(content: bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_lines("deu.txt", content)


@pytest.mark.parametrize(
    ("content", "command"),
    [
        (b"one\r\n", r"sed -i 's/\r$//' '/my data/deu.txt'"),
        ("\ufeffone\n".encode(), r"sed -i '1s/^\xEF\xBB\xBF//' '/my data/deu.txt'"),
        (
            "one\n".encode("utf-16"),
            "iconv -f UTF-16 -t UTF-8 '/my data/deu.txt' > '/my data/deu.txt.utf8' "
            "&& mv '/my data/deu.txt.utf8' '/my data/deu.txt'",
        ),
    ],
)
def test_the_remedy_can_be_copied_to_a_shell(content: bytes, command: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read_lines("/my data/deu.txt", content)
    assert str(caught.value).endswith(f"Mend: {command}")


def test_all_that_is_wrong_with_a_whole_file_is_named_together() -> None:
    with pytest.raises(CorpusError) as caught:
        read_lines("deu.txt", "\ufeffone\r\n\r\n".encode())
    mark, windows, empty = str(caught.value).split("\n")
    assert "byte order mark" in mark
    assert "CR LF" in windows
    assert "nothing follows line 1" in empty


@pytest.mark.parametrize(
    "content", ["\ufeffone\r\ntwo\r\n".encode(), b"one\ntwo\n\n \n", b"one\ntwo\n\n"]
)
def test_the_commands_mend_the_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "my deu.txt"
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        read_lines(str(path), content)
    for fault in str(caught.value).split("\n"):
        subprocess.run(["sh", "-c", fault[fault.index("sed -i") :]], check=True)
    assert read_lines(str(path), path.read_bytes()) == ["one", "two"]

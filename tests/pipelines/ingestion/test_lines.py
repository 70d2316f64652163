from __future__ import annotations

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
        (b"one\n \t \n", r"deu\.txt, line 2: the line is empty"),
        (b"one\n\n", r"deu\.txt, line 2: the line is empty"),
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

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from isogloss.datasets.codecs import CODECS
from isogloss.datasets.parquet_seals import MARK, BrokenSealError, require_whole, seal

TABLE = pd.DataFrame({"text": ["ä", "b", None], "score": [0.1, np.nan, 2.0], "n": [1, 2, 3]})


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "table.parquet"
    CODECS["parquet"].write(TABLE, path)
    return path


def test_other_programs_read_a_sealed_table_as_any(sealed: Path) -> None:
    assert MARK in sealed.read_bytes()
    pd.testing.assert_frame_equal(pd.read_parquet(sealed), TABLE)
    assert pyarrow.parquet.read_table(sealed, columns=["n"])["n"].to_pylist() == [1, 2, 3]
    assert pyarrow.parquet.ParquetFile(sealed).metadata.num_rows == 3
    pd.testing.assert_frame_equal(CODECS["parquet"].read(str(sealed)), TABLE)


def test_every_flipped_bit_is_told(sealed: Path) -> None:
    content = sealed.read_bytes()
    place = content.index(MARK)
    told = 0
    for position in range(len(content)):
        sealed.write_bytes(_flipped(content, position))
        # Without its mark a file is none of ours; all that is read of it is as it was written.
        if place <= position < place + len(MARK):
            pd.testing.assert_frame_equal(CODECS["parquet"].read(str(sealed)), TABLE)
        else:
            with pytest.raises((ValueError, OSError)):
                CODECS["parquet"].read(str(sealed))
            told += 1
    assert told == len(content) - len(MARK)


def test_tables_without_a_seal_pass(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    TABLE.to_parquet(path)
    require_whole(path)
    seal(path)
    path.write_bytes(_flipped(path.read_bytes(), 40))
    with pytest.raises(BrokenSealError, match="does not fit its checksum"):
        require_whole(path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"\xff" * 8, b"x" * 100])
def test_what_is_no_parquet_file_is_left_to_its_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(content)
    require_whole(path)


def _flipped(content: bytes, position: int) -> bytes:
    one = content[position] ^ (1 << (position % 8))
    return content[:position] + bytes([one]) + content[position + 1 :]

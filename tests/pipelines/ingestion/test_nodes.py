from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from isogloss.corpora import RawCorpus, RawText
from isogloss.datasets import AtomicCSVDataset, TextFolderDataset
from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.pipelines.ingestion.nodes import draw_sentence_samples, read_parallel_sentences
from isogloss.pipelines.ingestion.parameters import (
    IngestionParameters,
    Languages,
    SentenceSampleParameters,
)

if TYPE_CHECKING:
    from pathlib import Path

# Given by the specification of the original study: the first ids of its five samples.
THESIS_IDS = [
    [1309, 228, 51, 1518, 563],
    [1399, 1327, 146, 1247, 1300],
    [601, 890, 323, 929, 6],
    [14, 145, 1449, 1292, 120],
    [1604, 1138, 1355, 1471, 996],
]


@pytest.fixture(scope="session")
def languages(root: Path) -> pd.DataFrame:
    path = root / "data" / "01_raw" / "reference" / "languages.csv"
    table: pd.DataFrame = AtomicCSVDataset(filepath=str(path), text_only=True).load()
    return table


def corpus(**texts: str) -> RawCorpus:
    def raw(code: str, text: str) -> dict[str, RawText]:
        return {"all": RawText(f"{code}.txt", text.encode)}

    return RawCorpus("here", "{language}.txt", {"all": 0}, {c: raw(c, t) for c, t in texts.items()})


def read(raw: RawCorpus, languages: pd.DataFrame, wanted: str = "all", **options: Any) -> Any:
    parameters = IngestionParameters(**options)
    return read_parallel_sentences(raw, languages, Languages(wanted), "eng", parameters)


def sentences(number: int) -> pd.DataFrame:
    ids = [str(identifier) for identifier in range(number)]
    return pd.DataFrame({"language": "eng", "sentence_id": ids, "text": ids})


NO_ITEMS = pd.DataFrame({"language": ["eng"], "passage": ["No sentence of these."]})


def draw(
    table: pd.DataFrame, parameters: SentenceSampleParameters, items: pd.DataFrame = NO_ITEMS
) -> pd.DataFrame:
    return draw_sentence_samples(table, parameters, items)[0]


def test_sentences_are_keyed_by_language_and_id(languages: pd.DataFrame) -> None:
    table, report = read(corpus(eng="One.\nTwo.\n", deu="Eins.\nZwei.\n"), languages)
    assert table.to_dict("list") == {
        "language": ["deu", "deu", "eng", "eng"],
        "sentence_id": ["0", "1", "0", "1"],
        "text": ["Eins.", "Zwei.", "One.", "Two."],
    }
    assert report.empty


def test_languages_may_be_typed_as_one_text(languages: pd.DataFrame) -> None:
    raw = corpus(eng="One.\n", deu="Eins.\n", fra="Un.\n")
    assert read(raw, languages, "eng fra")[0]["language"].tolist() == ["eng", "fra"]


def test_codes_of_other_corpora_are_understood(languages: pd.DataFrame) -> None:
    raw = corpus(eng_Latn="One.\n", zho_Hans="一。\n")
    assert read(raw, languages)[0]["language"].tolist() == ["eng", "zho_simpl"]
    raw = RawCorpus(
        "here", "", {"all": 0}, {**corpus(eng="One.\n").texts, "zho-CN": raw.texts["zho_Hans"]}
    )
    assert read(raw, languages, code_column="ntrex")[0]["language"].tolist() == ["eng", "zho_simpl"]


def test_outer_blanks_are_stripped_and_counted(languages: pd.DataFrame) -> None:
    table, report = read(corpus(eng=" One.\nTwo.\t\n"), languages)
    assert table["text"].tolist() == ["One.", "Two."]
    assert report.to_dict("records") == [
        {
            "language": "eng",
            "issue": "outer blanks stripped",
            "count": 2,
            "sentence_ids": "",
            "places": "",
        }
    ]


def test_repeated_sentences_are_dropped_from_every_language(
    languages: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    table, report = read(corpus(eng="a\nb\nc\nd\n", deu="A\nB\nA \nD\n"), languages)
    assert table["sentence_id"].tolist() == ["1", "3", "1", "3"]
    dropped = report[report["language"] == "all"].iloc[0]
    assert (dropped["count"], dropped["sentence_ids"]) == (2, "0 2")
    repeated = report[report["language"] == "deu"].set_index("issue").loc["duplicate"]
    assert repeated["places"] == "deu.txt, lines 1 and 3"
    assert "deu.txt, lines 1 and 3: the same sentence." in caplog.text
    assert "ingestion.strict=true refuses them" in caplog.text


def test_repeated_sentences_are_an_error_when_strict(languages: pd.DataFrame) -> None:
    with pytest.raises(
        CorpusError, match=r"^deu\.txt, lines 1 and 3: the same sentence.*ingestion\.strict=false"
    ):
        read(corpus(eng="a\nb\nc\n", deu="A\nB\nA\n"), languages, strict=True)


def test_a_corpus_of_repeated_sentences_is_refused(languages: pd.DataFrame) -> None:
    with pytest.raises(CorpusError, match=r"^here: no sentence is left"):
        read(corpus(eng="a\na\n", deu="A\nB\n"), languages)


def test_unequal_line_counts_name_the_odd_file(languages: pd.DataFrame) -> None:
    raw = corpus(eng="a\nb\n", deu="A\nB\n", fra="A\nB\nC\n")
    with pytest.raises(CorpusError) as caught:
        read(raw, languages)
    assert str(caught.value).split("\n")[1:] == [
        "  2 in deu.txt, eng.txt",
        "  3 in fra.txt",
        "See where 'fra' leaves 'deu': paste deu.txt fra.txt | cat -n | less -S",
    ]


def test_an_unequal_split_is_found(languages: pd.DataFrame) -> None:
    def texts(code: str, dev: int, devtest: int) -> dict[str, RawText]:
        sizes = {"dev": dev, "devtest": devtest}
        return {
            split: RawText(f"{split}/{code}", "".join(f"{code}{n}\n" for n in range(size)).encode)
            for split, size in sizes.items()
            if size
        }

    splits = {"dev": 0, "devtest": 997}
    raw = RawCorpus("", "", splits, {"eng": texts("eng", 3, 2), "deu": texts("deu", 3, 4)})
    with pytest.raises(CorpusError, match=r"  4 in devtest/deu\n  2 in devtest/eng\n"):
        read(raw, languages)
    raw = RawCorpus("", "", splits, {"eng": texts("eng", 0, 2), "deu": texts("deu", 3, 2)})
    with pytest.raises(CorpusError, match=r"'eng' has no file beside dev/deu of 'deu'\.$"):
        read(raw, languages)


def test_the_faults_of_all_files_are_named(languages: pd.DataFrame) -> None:
    with pytest.raises(CorpusError) as caught:
        read(corpus(eng="a\r\n", deu="A\n", fra="\ufeffA\n"), languages)
    first, second = str(caught.value).split("\n")
    assert first.startswith("eng.txt, line 1: the line ends in CR LF")
    assert second.startswith("fra.txt, line 1: the file starts with a UTF-8 byte order mark")


def test_faults_of_very_many_files_are_counted(languages: pd.DataFrame) -> None:
    codes = list(languages["language"].head(13))
    with pytest.raises(CorpusError, match=r"\n3 more languages have faults\.$"):
        read(corpus(eng="a\n", **dict.fromkeys(codes, "A\r\n")), languages)


def test_short_codes_are_understood_where_they_mean_one_language(languages: pd.DataFrame) -> None:
    raw = corpus(en="a\n", de="b\n", sw="c\n")
    assert read(raw, languages)[0]["language"].tolist() == ["deu", "eng", "swh"]
    assert read(raw, languages, "en sw")[0]["language"].tolist() == ["eng", "swh"]
    with pytest.raises(CorpusError, match=r"'zh' can be zho_simpl or zho_trad\. Rename"):
        read(corpus(en="a\n", zh="b\n"), languages)


def test_a_pivot_under_another_code_is_named_by_ours(languages: pd.DataFrame) -> None:
    raw = corpus(en="a\n", de="b\n")
    with pytest.raises(CorpusError, match=r"pivot language 'en' .* \(--params pivot=eng\)\.$"):
        read_parallel_sentences(raw, languages, Languages("all"), "en", IngestionParameters())


def test_a_copied_file_is_named(languages: pd.DataFrame, caplog: pytest.LogCaptureFixture) -> None:
    lines = [f"Sentence {number}." for number in range(10)]
    others = [*lines[:5], *(f"Satz {number}." for number in range(5))]
    fewer = [*lines[:4], *(f"Frase {number}." for number in range(6))]
    read(
        corpus(eng="\n".join(lines), deu="\n".join(others), spa="\n".join(fewer)),
        languages,
        "eng deu spa",
    )
    (text,) = [record.getMessage() for record in caplog.records]
    assert text.startswith("'eng' (eng.txt) and 'deu' (deu.txt) share 50 % of their lines")


def test_a_corpus_too_small_to_compare_is_named(
    languages: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    read(corpus(eng="\n".join(f"{number}" for number in range(9))), languages)
    only, few = [record.getMessage() for record in caplog.records]
    assert only.startswith("'eng' is the only language")
    assert few.startswith("Sentences in every language: 9.")
    caplog.clear()
    texts = {code: "\n".join(f"{code} {number}" for number in range(10)) for code in ("eng", "deu")}
    read(corpus(**texts), languages)
    assert not caplog.records


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("eng dut", r"Unknown language code 'dut'\. Did you mean deu\? The corpus has: deu eng"),
        ("eng german", r"Unknown language code 'german'\. Did you mean deu\?"),
        ("eng swh", r"The corpus has no file for the language 'swh'"),
        ("deu", r"pivot language 'eng' is not among the languages \(deu\)"),
    ],
)
def test_languages_that_are_not_there(languages: pd.DataFrame, wanted: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read(corpus(eng="a\n", deu="A\n"), languages, wanted)


def test_an_unlisted_code_with_a_file_is_accepted_with_a_warning(
    languages: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    table, _ = read(corpus(eng="a\n", tlh="nuqneH\n"), languages)
    assert table["language"].tolist() == ["eng", "tlh"]
    assert "'tlh' is in no list" in caplog.text


def test_two_files_of_one_language_are_refused(languages: pd.DataFrame) -> None:
    with pytest.raises(CorpusError, match=r"Two files are there for the language 'deu'"):
        read(corpus(eng="a\n", deu="A\n", deu_Latn="A\n"), languages)


def test_ids_count_on_over_splits_even_when_one_is_absent(
    languages: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    texts = {"eng": {"devtest": RawText("devtest/eng.devtest", lambda: b"a\nb\n")}}
    raw = RawCorpus("here", "", {"dev": 0, "devtest": 997}, texts)
    assert read(raw, languages)[0]["sentence_id"].tolist() == ["997", "998"]
    assert "here has no files of 'dev': without sentences 0 to 996." in caplog.text


def test_the_shipped_sample_is_whole(root: Path, languages: pd.DataFrame) -> None:
    raw = TextFolderDataset(filepath=str(root / "data" / "01_raw" / "sample" / "sentences")).load()
    table, report = read(raw, languages, strict=True)
    assert report.empty
    assert set(table.groupby("language").size()) == {60}
    listed = languages[languages["language"].isin(table["language"].unique())]
    assert len(listed) >= 16
    assert listed["family"].nunique() >= 6
    assert listed["script"].nunique() >= 5
    required = set("eng deu spa fra rus tur swh zho_simpl".split())
    assert required <= set(listed["language"])


def test_flores101_as_released(flores101: Path, languages: pd.DataFrame) -> None:
    raw = TextFolderDataset(
        filepath=str(flores101),
        pattern="{split}/{language}.{split}",
        splits={"dev": 0, "devtest": 997},
    ).load()
    table, report = read(raw, languages)
    assert table["language"].nunique() == 102
    # Kamba repeats two sentences and Tajik one: their six ids are dropped everywhere.
    assert set(table.groupby("language").size()) == {1012 - 6}
    duplicates = report[report["issue"] == "duplicate"].groupby("language")["count"].sum()
    assert duplicates.to_dict() == {"kam": 4, "tgk": 2}


def test_the_sampler_of_the_thesis_gives_its_ids() -> None:
    parameters = SentenceSampleParameters(size=100, repetitions=5, sampler="python_random")
    table = draw(sentences(2009), parameters)
    firsts = table.groupby("sample")["sentence_id"].apply(lambda ids: [int(i) for i in ids[:5]])
    assert firsts.tolist() == THESIS_IDS
    assert table["sentence_id"].nunique() == 460


def test_the_sampler_of_the_thesis_needs_the_whole_corpus() -> None:
    table = sentences(2009).drop(index=1309)
    parameters = SentenceSampleParameters(size=100, sampler="python_random")
    with pytest.raises(CorpusError, match=r"lacks, the first being 1309.*dev.*devtest") as caught:
        draw(table, parameters)
    assert "is not there" not in str(caught.value)


@pytest.mark.parametrize(
    ("ids", "absent"), [(range(997), "devtest"), (range(997, 2009), "the folder dev")]
)
def test_the_sampler_of_the_thesis_names_the_folder_that_is_missing(
    ids: range, absent: str
) -> None:
    parameters = SentenceSampleParameters(size=100, sampler="python_random")
    with pytest.raises(CorpusError, match=f"{absent} is not there"):
        draw(sentences(2009).iloc[list(ids)], parameters)


@pytest.mark.parametrize("options", [{}, {"size": 5}, {"size": 3, "sampler": "first"}])
def test_equal_samples_are_refused(options: dict[str, Any]) -> None:
    parameters = SentenceSampleParameters(repetitions=2, **options)
    with pytest.raises(CorpusError, match=r"samples 0 and 1 hold the same \d of 5 sentences"):
        draw(sentences(5), parameters)


def test_samples_are_reproducible_and_without_replacement() -> None:
    parameters = SentenceSampleParameters(size=20, repetitions=3, seed=7)
    table = draw(sentences(50), parameters)
    pd.testing.assert_frame_equal(table, draw(sentences(50), parameters))
    assert table.groupby("sample")["sentence_id"].nunique().tolist() == [20, 20, 20]
    other = draw(sentences(50), parameters.model_copy(update={"seed": 8}))
    assert not other.equals(table)


def test_all_sentences_in_corpus_order_without_a_size() -> None:
    table = draw(sentences(5), SentenceSampleParameters())
    assert table["sentence_id"].tolist() == ["0", "1", "2", "3", "4"]


def test_the_first_sentences_as_mexa_takes_them() -> None:
    table = draw(sentences(5), SentenceSampleParameters(size=2, sampler="first"))
    assert table["sentence_id"].tolist() == ["0", "1"]


def test_a_sample_larger_than_the_corpus_is_refused() -> None:
    with pytest.raises(
        CorpusError, match="sample of 6 sentences was asked for, but the corpus has 5"
    ):
        draw(sentences(5), SentenceSampleParameters(size=6))


def corpus_and_items() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Six sentences in two languages; 1 lies in an English passage, 1 and 4 in German ones."""
    ids = [str(identifier) for identifier in range(6)]
    texts = {"eng": [f"Line {name}." for name in ids], "deu": [f"Zeile {name}." for name in ids]}
    table = pd.concat(
        pd.DataFrame({"language": language, "sentence_id": ids, "text": lines})
        for language, lines in texts.items()
    )
    items = pd.DataFrame(
        {
            "language": ["eng", "deu", "deu", "fra"],
            "passage": ["So:  “Line 1.”", "Ja. Zeile 4. Nein.", "Zeile 1.", "Line 0."],
        }
    )
    return table, items


def test_sentences_in_passages_of_any_language_are_not_drawn_but_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    table, items = corpus_and_items()
    samples, report = draw_sentence_samples(table, SentenceSampleParameters(), items)
    assert samples["sentence_id"].tolist() == ["0", "2", "3", "5"]
    assert report.drop(columns="issue").to_dict("split")["data"] == [
        ["deu", 2, "1 4"],
        ["eng", 1, "1"],
        ["all", 2, "1 4"],
    ]
    assert "2 of 6 sentences lie in passages of reading_items and are not drawn" in caplog.text


def test_sentences_in_passages_are_drawn_as_the_originals_did_when_asked() -> None:
    table, items = corpus_and_items()
    parameters = SentenceSampleParameters(size=3, sampler="first", outside_reading=False)
    samples, report = draw_sentence_samples(table, parameters, items)
    assert samples["sentence_id"].tolist() == ["0", "1", "2"]
    assert report.empty
    assert report.columns.tolist() == ["language", "issue", "count", "sentence_ids"]


def test_all_sentences_are_drawn_from_where_no_items_are_asked() -> None:
    table, _ = corpus_and_items()
    samples, report = draw_sentence_samples(table, SentenceSampleParameters(sampler="first"))
    assert samples["sentence_id"].tolist() == ["0", "1", "2", "3", "4", "5"]
    assert report.empty


@pytest.mark.parametrize(("size", "left"), [(5, 4), (None, 1)])
def test_too_few_sentences_outside_passages_are_refused(size: int | None, left: int) -> None:
    table, items = corpus_and_items()
    if left == 1:
        more = [f"Line {number}." for number in (0, 2, 3)]
        items = pd.concat([items, pd.DataFrame({"language": "eng", "passage": more})])
    with pytest.raises(
        CorpusError,
        match=rf"{left} are left: of the corpus's 6, {6 - left} lie .*outside_reading=false",
    ):
        draw(table, SentenceSampleParameters(size=size), items)


def test_the_thesis_and_text_outside_reading_exclude_each_other() -> None:
    table, items = corpus_and_items()
    parameters = SentenceSampleParameters(size=2, sampler="python_random")
    with pytest.raises(CorpusError, match="outside_reading=false to reproduce the thesis"):
        draw(table, parameters, items)
    as_thesis = parameters.model_copy(update={"outside_reading": False})
    assert draw(table, as_thesis, items).equals(draw(table, parameters))

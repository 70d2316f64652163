"""Texts as models write them, and the number that each of them gives."""

from pathlib import Path

import pandas as pd
import pytest

from isogloss.pipelines.counting.count_extraction import (
    CUT_OFF,
    EMPTY,
    NO_NUMBER,
    NOT_WHOLE,
    NUMBERED,
    SEVERAL,
    TOO_LARGE,
    CountReader,
    Extraction,
)

ROOT = Path(__file__).parents[3]
NUMERALS = pd.read_csv(
    ROOT / "data/01_raw/sample/counting/numerals.csv", dtype=str, keep_default_na=False
)
WORDS = ("cat", "oak", "trout", "dog", "ten-pound note", "cow", "lime", "steel", "salt", "violin")


def reader(language: str = "eng") -> CountReader:
    own = NUMERALS[NUMERALS["language"] == language]
    none = own.loc[(own["kind"] == "read") & (own["number"] == "0"), "form"]
    return CountReader(
        tuple(zip(own["number"].astype(int), own["form"], strict=True)), frozenset(none)
    )


# What the original benchmark read from these texts stands in the remark.
RIGHT = [
    ("3", 3),
    (" 3\n", 3),
    ("3.", 3),
    ("**3**", 3),
    ("0", 0),
    ("12", 12),
    ("three", 3),  # -1: number words were ignored
    ("Three mammals.", 3),
    ("THREE", 3),
    ("zero", 0),
    ("3/10", 3),  # 310: digits of a word were joined
    ("3 / 10", 3),
    ("3 out of 10", 3),
    ("3 of the 10 words", 3),
    ("three of the 10", 3),
    ("Out of 10 words, 3 are mammals", 3),
    ("There are 3 mammals among the 10 words.", 3),
    ("The answer is 3", 3),  # -1: cut off after four tokens
    ("The answer is three.", 3),
    ("The number of mammals is 3.", 3),
    ("Answer:5", 5),  # never matched the prompt
    ("5.0", 5),  # 50
    ("5,0", 5),
    ("=3", 3),
    ("1 + 2 = 3", 3),
    ("cat, dog and cow = 3", 3),
    ("3 (cat, dog, cow)", 3),
    ("3: cat, dog, cow", 3),
    ("3. Cat, dog and cow are mammals.", 3),
    ("cat, dog, cow: 3", 3),
    ("The ten-pound note is no mammal, so there are 3", 3),
    ("one", 1),
    ("There is one mammal", 1),
    ("One list has 3 of them", 3),
    ("3d graphics: 4", 4),  # 3: digits of the category's name
    ("25", 25),
    ("３", 3),
    ("\\boxed{3}", 3),
    ("three, that is 3", 3),
    ("often 3", 3),
    ("- 3", 3),
    ("None", 0),
    ("None of the 10 words is a mammal.", 0),
    ("There are no mammals in the list.", 0),
    ("No one", 0),  # 1
    ("No mammals: 0", 0),
    ("No, there are 3", 3),
    ("3, no more", 3),
    ("three, no others", 3),
    ("Not one of them", 0),
]
WRONG = [
    ("", EMPTY),
    (" \n", EMPTY),
    ("many", NO_NUMBER),
    ("cat, oak, trout, dog", NO_NUMBER),
    ("ten-pound note", NO_NUMBER),
    ("3d graphics", NO_NUMBER),
    ("the 3rd word", NO_NUMBER),
    ("-1", NOT_WHOLE),
    ("Answer: -3", NOT_WHOLE),
    ("I have no idea", NO_NUMBER),
    ("One dog, two cats", SEVERAL),
    ("One dog and no cat", SEVERAL),
    ("No, there is one", SEVERAL),
    ("5.5", NOT_WHOLE),
    ("2,5", NOT_WHOLE),
    ("2-3", SEVERAL),  # 23
    ("2 – 3", SEVERAL),
    ("2 or 3", SEVERAL),
    ("two to three", SEVERAL),
    ("1, 2, 3", SEVERAL),
    ("1,2,3", SEVERAL),
    ("twenty five", SEVERAL),
    ("I see 2 animals and 4 plants", SEVERAL),
    ("1. cat 2. dog 3. cow", NUMBERED),
    ("1) cat", NUMBERED),
    ("1. 2. 3. 4. 5.", SEVERAL),
    ("10,000.", TOO_LARGE),
    ("1.000", TOO_LARGE),
    ("100000000000000000000000", TOO_LARGE),
]
OTHERS = [
    ("deu", "drei", 3),
    ("deu", "Fünf Wörter", 5),
    ("deu", "Eine Liste mit 3 Tieren", 3),
    ("deu", "einundzwanzig", None),
    ("spa", "tres", 3),
    ("fra", "Il y a trois mammifères", 3),
    ("fra", "vingt-cinq", None),
    ("rus", "две", 2),
    ("rus", "ДВА слова", 2),
    ("rus", "3-х", 3),
    ("tur", "İki", 2),
    ("tur", "ALTI", 6),
    ("tur", "3'tür", 3),
    ("swh", "kumi na moja", 11),
    ("swh", "wawili", 2),
    ("zho_simpl", "三个", 3),
    ("zho_simpl", "一共有三个哺乳动物", 3),
    ("zho_simpl", "共3个", 3),
    ("zho_simpl", "两种", 2),
    ("zho_simpl", "十二", 12),
    ("zho_simpl", "2到3个", None),
    ("arb", "٣", 3),
    ("deu", "Keine", 0),
    ("deu", "Eine solche Liste hat keine Säugetiere", 0),
    ("deu", "Keines der Wörter ist ein Säugetier", 0),
    ("spa", "No hay ninguno", 0),
    ("spa", "Ningún mamífero", 0),
    ("fra", "Aucun", 0),
    ("fra", "Il n'y en a pas", 0),
    ("rus", "нет", 0),
    ("rus", "Нет, их три", 3),
    ("rus", "ни одного", 0),
    ("rus", "из трёх", 3),
    ("rus", "двух", 2),
    ("rus", "около пяти", 5),
    ("tur", "Yok", 0),
    ("tur", "Hiç yok.", 0),
    ("tur", "üçtür", 3),
    ("swh", "Hakuna", 0),
    ("swh", "miti kumi na mitano", 15),
    ("zho_simpl", "没有", 0),
    ("zho_simpl", "一个都没有", 0),
    ("zho_simpl", "一些", None),
    ("zho_simpl", "列表中有一些，共两个", 2),
    ("zho_simpl", "一只狗、两只猫", None),
]


@pytest.mark.parametrize(("text", "number"), RIGHT)
def test_read_number(text: str, number: int) -> None:
    assert reader().read(text, WORDS, ("3d graphics",)) == Extraction(number, "")


@pytest.mark.parametrize(("text", "reason"), WRONG)
def test_say_why_there_is_no_number(text: str, reason: str) -> None:
    assert reader().read(text, WORDS, ("3d graphics",)) == Extraction(None, reason)


@pytest.mark.parametrize(("language", "text", "number"), OTHERS)
def test_read_numbers_of_other_languages(language: str, text: str, number: int | None) -> None:
    assert reader(language).read(text).number == number


def test_words_of_the_list_are_no_numbers() -> None:
    words = ("三角铁", "猫")
    assert reader("zho_simpl").read("三角铁、猫", words) == Extraction(None, NO_NUMBER)
    assert reader("zho_simpl").read("三角铁、猫：2", words) == Extraction(2, "")


def test_a_number_that_may_go_on_is_none() -> None:
    assert reader().read("The answer is 1", finished=False) == Extraction(None, CUT_OFF)
    assert reader().read("3 mammals, that", finished=False) == Extraction(3, "")

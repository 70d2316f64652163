"""Which languages the encoder behind a COMET checkpoint has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.errors import Refusal, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

AUTOMATIC = "auto"
# What checkpoints call their encoders -> its name in the table of encoder languages.
ENCODERS = {
    "xlm-roberta-base": "xlm_roberta",
    "xlm-roberta-large": "xlm_roberta",
    "FacebookAI/xlm-roberta-base": "xlm_roberta",
    "FacebookAI/xlm-roberta-large": "xlm_roberta",
    "facebook/xlm-roberta-xl": "xlm_roberta",
    "facebook/xlm-roberta-xxl": "xlm_roberta",
    "Davlan/afro-xlmr-base": "afro_xlmr",
    "Davlan/afro-xlmr-large": "afro_xlmr",
}


def choose_encoder(
    wanted: str, pretrained_model: str, encoder_languages: pd.DataFrame
) -> str | None:
    """Name the encoder whose languages count as covered.

    Args:
        wanted: a name in the table, or `auto`.
        pretrained_model: what the checkpoint says it was made from.
        encoder_languages: encoder, iso_639_3, script.

    Returns:
        A name in the table; None for `auto` where nobody knows the encoder.

    Raises:
        Refusal: if the table has no such name.
    """
    if wanted == AUTOMATIC:
        return ENCODERS.get(pretrained_model)
    known = sorted(encoder_languages["encoder"].unique())
    if wanted not in known:
        raise Refusal(
            f"comet.encoder = '{wanted}': its languages are not known.{suggest(wanted, known)} "
            f"There are auto, {', '.join(known)}; add rows to the table encoder_languages "
            "(data/01_raw/reference/encoder_languages.csv) for others."
        )
    return wanted


def find_coverage(
    codes: Iterable[str],
    languages: pd.DataFrame,
    encoder_languages: pd.DataFrame,
    encoder: str | None,
) -> dict[str, bool | None]:
    """Say of each language whether an encoder was trained on it, in its script.

    Args:
        codes: of languages.
        languages: language, iso_639_3, script. A code that it lacks is read as ISO 639-3 and
            script (`hat_Latn`).
        encoder_languages: encoder, iso_639_3, script.
        encoder: a name in that table; None if unknown.

    Returns:
        Code -> covered or not; None where the encoder or the language is unknown.
    """
    columns = ["iso_639_3", "script"]
    rows = encoder_languages.loc[encoder_languages["encoder"] == encoder, columns]
    seen = set(rows.itertuples(index=False, name=None))
    listed = languages[["language", *columns]].itertuples(index=False, name=None)
    spelling = {code: (iso, script) for code, iso, script in listed}
    coverage: dict[str, bool | None] = {}
    for code in codes:
        iso, _, script = code.partition("_")
        language = spelling.get(code, (iso, script))
        coverage[code] = language in seen if encoder and all(language) else None
    return coverage

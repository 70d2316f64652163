from __future__ import annotations

import pandas as pd

from documentation.public_costs import write_costs


def profile(language: str, tokens: float, parity: float) -> dict[str, object]:
    return {
        **{"language": language, "token_parity": tokens, "information_parity": parity},
        **{"token_parity_ci_low": tokens - 0.1, "token_parity_ci_high": tokens + 0.1},
        **{"information_parity_ci_low": parity - 0.1, "information_parity_ci_high": parity + 0.1},
    }


def test_bits_are_the_inverse_of_parity_and_fall_with_alignment() -> None:
    profiles = pd.DataFrame(
        [
            profile("yor", 2.4, 0.3),
            profile("eng", 1.0, 1.0),
            profile("deu", 1.3, 0.5),
            profile("fra", 1.4, 0.8),
            profile("jpn", 1.2, 0.4),
        ]
    )
    names = pd.Series({"yor": "Yoruba", "deu": "German", "fra": "French", "jpn": "Japanese"})
    alignment = {"fra": 0.6, "deu": 0.5, "jpn": 0.4, "yor": 0.1}
    rows = write_costs(profiles, alignment, names).splitlines()[2:]
    assert rows[:4] == [
        "| French | 1.40 [1.30, 1.50] | 1.25 [1.11, 1.43] |",
        "| German | 1.30 [1.20, 1.40] | 2.00 [1.67, 2.50] |",
        "| Japanese | 1.20 [1.10, 1.30] | 2.50 [2.00, 3.33] |",
        "| Yoruba | 2.40 [2.30, 2.50] | 3.33 [2.50, 5.00] |",
    ]
    # Tokens come in the order 3, 2, 1, 4: 1 - 6 (1 + 9 + ... ) / (n (n^2 - 1)).
    ranks = [3, 2, 1, 4]
    rho = 1 - 6 * sum((5 - place - rank) ** 2 for place, rank in enumerate(ranks, 1)) / 60
    assert rows[4].startswith(f"| ρ with alignment, 4 languages | {rho:.2f}".replace("0.", "."))
    assert "| -1.00 [-1.00, " in rows[4]

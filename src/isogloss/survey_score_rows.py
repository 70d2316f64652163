"""What the rows of `survey_scores` hold, whoever made them."""

SCORE_COLUMNS = (
    "model",
    "family",
    "elicitation",
    "labeller",
    "language",
    "response_language",
    "question",
    "prompt_id",
    "sample",
    "country",
    "pro",
    "con",
    "neutral",
    "pro_score",
)
BASELINE = "Baseline"
"""Family of answers that no model gave: drawn at random, or all about one half."""

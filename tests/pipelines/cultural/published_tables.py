"""What arXiv 2502.16534 and its repository publish: numbers of its tables and plots."""

from __future__ import annotations

LANGUAGES = ("dan", "eng", "nld", "por")
US_BIAS = {
    "Intercept": 0.0941,
    "us": 0.0468,
    "eng": -0.0096,
    "nld": -0.1203,
    "por": 0.0268,
    "us:eng": -0.0233,
    "us:nld": -0.0070,
    "us:por": -0.0906,
}
US_BIAS_ERRORS = {
    "Intercept": 0.011,
    "us": 0.016,
    "eng": 0.012,
    "nld": 0.016,
    "por": 0.014,
    "us:eng": 0.020,
    "us:nld": 0.023,
    "us:por": 0.021,
}
# model -> coefficients of model:language, then of us:model:language, in the order of LANGUAGES
US_BIAS_BY_MODEL = {
    "OLMo-2-0325-32B-Instruct": (
        (0.6049, 0.5024, 0.6074, 0.4730),
        (-0.0677, 0.0875, -0.0013, 0.0702),
    ),
    "OLMo-2-1124-13B-Instruct": (
        (0.3313, 0.5220, 0.3394, 0.4223),
        (0.0085, 0.0823, -0.0515, 0.0808),
    ),
    "OLMo-2-1124-7B-Instruct": (
        (0.3587, 0.4090, 0.4311, 0.2708),
        (-0.1251, 0.0662, -0.0307, 0.0832),
    ),
    "gemma-2-27b-it": ((0.6212, 0.4727, 0.6941, 0.4906), (-0.1338, 0.0963, -0.0729, 0.1303)),
    "gemma-2-2b-it": ((0.2457, 0.3440, 0.5289, 0.4501), (0.0565, 0.0996, 0.0096, 0.1018)),
    "gemma-2-9b-it": ((0.4751, 0.4051, 0.5426, 0.4767), (-0.1049, 0.1415, -0.0429, 0.1115)),
    "gpt-3.5-turbo-0125": ((0.4174, 0.2380, 0.4739, 0.3762), (-0.0981, 0.1357, -0.1163, 0.1359)),
    "gpt-4-turbo-2024-04-09": (
        (0.6256, 0.4535, 0.6496, 0.4977),
        (-0.1397, 0.1222, -0.0270, 0.1012),
    ),
    "gpt-4o": ((0.6778, 0.4944, 0.7395, 0.4639), (-0.1382, 0.1334, -0.1095, 0.1063)),
}
MODEL_ERRORS = (0.016, 0.006, 0.016, 0.011)
US_MODEL_ERRORS = (0.023, 0.017, 0.023, 0.020)
R_SQUARED, R_SQUARED_ADJUSTED, N = 0.685, 0.684, 16000

# term -> coefficient and standard error in the order of LANGUAGES
CAPABILITY = {
    "consistency": ((0.494, 0.723, 0.405, 0.702), (0.027, 0.037, 0.022, 0.041)),
    "gemma": ((1.044, 0.561, 1.010, 0.593), (0.054, 0.064, 0.065, 0.086)),
    "olmo": ((0.439, 0.068, 0.288, 0.008), (0.065, 0.043, 0.055, 0.036)),
    "openai": ((0.053, -0.240, 0.049, -0.296), (0.083, 0.092, 0.091, 0.079)),
}
CAPABILITY_SCALE, CAPABILITY_N, CAPABILITY_VARIANCE = 0.0032, 3600, 0.060

# Pearson correlation of the United States with the others over the questions of the survey
US_CORRELATIONS = {
    "AU": 0.90,
    "BR": 0.75,
    "CA": 0.84,
    "DK": 0.74,
    "all": 0.68,
    "GB": 0.90,
    "KE": 0.57,
    "NL": 0.75,
    "NZ": 0.82,
    "NG": 0.43,
    "NIR": 0.91,
    "PT": 0.77,
    "SG": 0.66,
}
HUMAN_CONSISTENCY = {
    "US": 0.665,
    "CA": 0.689,
    "GB": 0.700,
    "AU": 0.704,
    "NIR": 0.706,
    "KE": 0.723,
    "PT": 0.751,
    "BR": 0.751,
    "DK": 0.762,
    "NL": 0.797,
    "SG": 0.824,
    "NZ": 0.830,
    "NG": 0.835,
}


def us_bias_terms() -> dict[str, tuple[float, float]]:
    """Give every term of the regression of US-centric bias with its coefficient and error."""
    terms = {term: (value, US_BIAS_ERRORS[term]) for term, value in US_BIAS.items()}
    for model, (plain, us) in US_BIAS_BY_MODEL.items():
        for number, language in enumerate(LANGUAGES):
            terms[f"{model}:{language}"] = plain[number], MODEL_ERRORS[number]
            terms[f"us:{model}:{language}"] = us[number], US_MODEL_ERRORS[number]
    return terms


def capability_terms() -> dict[str, tuple[float, float]]:
    """Give every term of the mixed model with its coefficient and error."""
    return {
        f"{'consistency' if name == 'consistency' else f'multilingual:{name}'}:{language}": (
            values[number],
            errors[number],
        )
        for name, (values, errors) in CAPABILITY.items()
        for number, language in enumerate(LANGUAGES)
    }

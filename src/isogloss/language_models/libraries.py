"""The model libraries as this project uses them: quiet while they load."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence progress bars, notices and usage reports of the Hugging Face libraries, not errors.

    Their settings are put back afterwards.
    """
    import huggingface_hub.constants
    import huggingface_hub.utils
    import transformers.utils.logging

    hub: Any = huggingface_hub.utils
    constants: Any = huggingface_hub.constants
    logging: Any = transformers.utils.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    hub_bars, telemetry = not hub.are_progress_bars_disabled(), constants.HF_HUB_DISABLE_TELEMETRY
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    hub.disable_progress_bars()
    constants.HF_HUB_DISABLE_TELEMETRY = True
    try:
        with warnings.catch_warnings():
            # What one library will change in another is nothing that a user could mend.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        constants.HF_HUB_DISABLE_TELEMETRY = telemetry
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
        if hub_bars:
            hub.enable_progress_bars()

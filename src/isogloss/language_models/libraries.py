"""The model libraries as this project uses them: quiet while they load, and refusing in words."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal
from isogloss.language_models.specification import ModelError
from isogloss.shortages import is_shortage

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refuse_unreadable(message: str) -> Iterator[None]:
    """Turn what a library stumbles over in somebody's files into one refusal.

    Only for calls of libraries that read a model. These check little of what they read: a field of
    another type ends in any error there is, and those of tokenizers and safetensors are of no type
    but `Exception`, so that no narrower list would hold. Where memory or disk ran out the error
    passes.

    Args:
        message: what cannot be read, and where; what the library says is put behind it.

    Raises:
        ModelError: with the message.
    """
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        if is_shortage(error):
            # Nothing is wrong with the files, and what ends the run says what is short.
            raise
        raise ModelError(f"{message}: {str(error) or type(error).__name__}") from error


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
    notices: Any = transformers.utils.logging
    verbosity, bars = notices.get_verbosity(), notices.is_progress_bar_enabled()
    accelerate = logging.getLogger("accelerate")
    level = accelerate.level
    hub_bars, telemetry = not hub.are_progress_bars_disabled(), constants.HF_HUB_DISABLE_TELEMETRY
    notices.set_verbosity_error()
    notices.disable_progress_bar()
    accelerate.setLevel(logging.ERROR)
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
        accelerate.setLevel(level)
        notices.set_verbosity(verbosity)
        if bars:
            notices.enable_progress_bar()
        if hub_bars:
            hub.enable_progress_bars()

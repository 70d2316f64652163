"""Everything that touches a torch model.

Importing this package imports neither torch nor transformers. A `LanguageModel` is a handle:
`handle.open()` loads the model for the time of a `with` block.
"""

from isogloss.language_models.handle import LanguageModel
from isogloss.language_models.specification import Kind, ModelError, ModelSpecification

__all__ = ["Kind", "LanguageModel", "ModelError", "ModelSpecification"]

from __future__ import annotations

import subprocess
import sys


def test_importing_the_handle_imports_no_model_library() -> None:
    code = (
        "import sys, pickle\n"
        "from isogloss.language_models import LanguageModel, ModelSpecification\n"
        "model = LanguageModel('a', ModelSpecification(kind='causal', path='b'), 'c')\n"
        "assert pickle.loads(pickle.dumps(model)) == model and model.kind == 'causal'\n"
        "heavy = {'torch', 'transformers', 'huggingface_hub', 'gguf', 'peft', 'kedro'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"

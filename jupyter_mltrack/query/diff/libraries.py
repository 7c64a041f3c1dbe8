"""Which recorded packages the code of a run imports."""

import ast
from collections.abc import Iterable
from typing import Final

from jupyter_mltrack.query.source import parse_source

_DISTRIBUTIONS: Final = {
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "imblearn": "imbalanced-learn",
    "umap": "umap-learn",
}
MODELLING: Final[tuple[str, ...]] = (
    "scikit-learn", "torch", "tensorflow", "keras", "jax", "xgboost", "lightgbm", "catboost",
    "statsmodels", "transformers", "lightning", "pytorch-lightning", "imbalanced-learn",
    "prophet", "spacy",
)  # fmt: skip
"""What models are made with, which is worth a word when it is the same."""


def imported_packages(sources: Iterable[str]) -> list[str]:
    """Names of the packages that code imports, as package indexes spell them, in order."""
    found: dict[str, None] = {}
    for source in sources:
        tree = parse_source(source)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                found |= {_package(alias.name): None for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[_package(node.module)] = None
    return list(found)


def _package(module: str) -> str:
    top = module.partition(".")[0]
    return _DISTRIBUTIONS.get(top, top.lower().replace("_", "-"))

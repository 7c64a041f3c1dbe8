"""What a model needs to be loaded: requirements from the packages already imported.

Their versions are read from the installed metadata and kept; no child process guesses.
"""

import functools
import importlib.metadata
import itertools
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_DISTRIBUTIONS: Final = MappingProxyType(
    {
        "sklearn": "scikit-learn",
        "skimage": "scikit-image",
        "cv2": "opencv-python",
        "PIL": "pillow",
        "yaml": "pyyaml",
        "imblearn": "imbalanced-learn",
    }
)


def requirements(modules: Iterable[str]) -> tuple[str, ...]:
    """``name==version`` of the distributions that these top-level modules come from, sorted."""
    found = {_requirement(module) for module in modules}
    return tuple(sorted(item for item in found if item))


@functools.lru_cache(maxsize=256)
def environment_files(requirements: tuple[str, ...]) -> Mapping[str, bytes]:
    """``requirements.txt``, ``python_env.yaml`` and ``conda.yaml`` as MLflow writes them."""
    python = platform.python_version()
    pip = f"pip{_specifier('pip')}"
    python_env = {
        "python": python,
        "build_dependencies": [pip],
        "dependencies": ["-r requirements.txt"],
    }
    conda = {
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", pip, {"pip": list(requirements)}],
        "name": "mlflow-env",
    }
    return MappingProxyType(
        {
            "requirements.txt": "".join(f"{item}\n" for item in requirements).encode(),
            "python_env.yaml": to_yaml(python_env),
            "conda.yaml": to_yaml(conda),
        }
    )


def to_yaml(document: object) -> bytes:
    """YAML text, by the C library where there is one (ten times as fast)."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000)
    return text.encode()


@functools.lru_cache(maxsize=1024)
def _requirement(module: str) -> str:
    names = [_DISTRIBUTIONS.get(module, module), f"{module}-cpu"]
    for name in itertools.chain(names, _declaring(module)):
        try:
            return f"{name}=={importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def _declaring(module: str) -> Iterator[str]:
    """Distributions beside a module that declare it as theirs.

    Not ``packages_distributions``, which reads the files of all there are: a second and more.
    """
    location = getattr(sys.modules.get(module), "__file__", None) or ""
    place = Path(location).parent.parent
    if place.name not in ("site-packages", "dist-packages"):
        return
    for declaration in place.glob("*.dist-info/top_level.txt"):
        if module in declaration.read_text(encoding="utf-8", errors="replace").split():
            yield declaration.parent.name.partition("-")[0]


def _specifier(name: str) -> str:
    try:
        return f"<={importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return ""

"""Whether a notebook draws random numbers that nothing seeds, as far as its source tells."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from jupyter_mltrack.query.source import parse_source

_SEEDS: Final = {
    "numpy.random.seed": "numpy",
    "numpy.random.set_state": "numpy",
    "random.seed": "random",
    "random.setstate": "random",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
    "tensorflow.random.set_seed": "tensorflow",
    "keras.utils.set_random_seed": "tensorflow",
    "tensorflow.keras.utils.set_random_seed": "tensorflow",
}
_SEEDS_ALL: Final = re.compile(r"(^|\.)(set_seed|seed_everything|set_random_seed|set_all_seeds)$")
_SEED_WORDS: Final = frozenset({"random_state", "seed", "rng", "generator", "random_seed"})

_DRAWS: Final = (
    (re.compile(r"numpy\.random\.(?!seed|set_state|get_state|default_rng|RandomState|Gen)"
                r"[a-z_]+$"), "numpy"),
    (re.compile(r"random\.(random|randint|randrange|choices?|shuffle|sample|uniform|gauss|"
                r"\w+variate|getrandbits)$"), "random"),
    (re.compile(r"torch\.(rand|randn|randint|randperm|normal|bernoulli|multinomial)"), "torch"),
    (re.compile(r"torch\.nn\.(?!functional)[A-Z]"), "torch"),
    (re.compile(r"(torch\.utils\.data\.)?DataLoader$"), "torch"),
    (re.compile(r"tensorflow\.random\.(?!set_seed)"), "tensorflow"),
    (re.compile(r"(tensorflow\.)?keras\.(layers|Sequential)"), "tensorflow"),
)  # fmt: skip
_FRESH: Final = re.compile(
    r"(numpy\.random\.(default_rng|RandomState)|random\.Random|"
    r"random\.SystemRandom|uuid\.uuid4|secrets\.\w+|os\.urandom)$"
)

# scikit-learn's, by what draws unless it gets a random_state; none of them by default settings
# that do not (LogisticRegression, SVC, PCA of few columns).
_ESTIMATORS: Final = re.compile(
    r"(train_test_split|ShuffleSplit|StratifiedShuffleSplit|GroupShuffleSplit|"
    r"RepeatedKFold|RepeatedStratifiedKFold|RandomizedSearchCV|HalvingRandomSearchCV|"
    r"(RandomForest|ExtraTrees|Bagging|AdaBoost|GradientBoosting|HistGradientBoosting|"
    r"DecisionTree|ExtraTree|MLP|SGD|PassiveAggressive)(Classifier|Regressor)|Perceptron|"
    r"IsolationForest|KMeans|MiniBatchKMeans|BisectingKMeans|SpectralClustering|GaussianMixture|"
    r"BayesianGaussianMixture|TSNE|NMF|FastICA|TruncatedSVD|LatentDirichletAllocation|UMAP|"
    r"make_(?!pipeline|union|scorer|column)\w+|permutation_importance|resample|shuffle)$"
)
_SAMPLING: Final = frozenset({"sample"})
_MAX_TITLE: Final = 60


def list_unseeded(sources: Iterable[str]) -> list[str]:
    """Calls that draw random numbers unseeded, as they are written, each once.

    Cautious: what is not known to draw is not listed, and a seed set anywhere in the notebook
    counts for all draws from the same generator.
    """
    calls = [call for source in sources for call in _calls(source)]
    seeded = {_SEEDS[name] for name, _ in calls if name in _SEEDS}
    if any(_SEEDS_ALL.search(name) for name, _ in calls):
        return []
    found = (text for name, node in calls if (text := _describe(name, node, seeded)))
    return list(dict.fromkeys(found))


def _calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a cell with the full name of what is called, imports resolved."""
    tree = parse_source(source)
    if tree is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), node


_ALIASES: Final = {"np": "numpy", "tf": "tensorflow", "nn": "torch.nn"}


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(_ALIASES.get(node.id, node.id))
    elif parts:
        parts.append("?")
    return ".".join(reversed(parts))


def _describe(name: str, call: ast.Call, seeded: set[str]) -> str:
    return _text(call) if _is_unseeded(name, call, seeded) else ""


def _is_unseeded(name: str, call: ast.Call, seeded: set[str]) -> bool:
    if _FRESH.search(name) or name == "default_rng":
        return not (call.args or call.keywords) or _is_none(call)
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    given = [value for word, value in keywords.items() if word in _SEED_WORDS or word is None]
    if any(not (isinstance(one, ast.Constant) and one.value is None) for one in given):
        return False
    for pattern, generator in _DRAWS:
        if pattern.match(name):
            return generator not in seeded
    last = name.rpartition(".")[2]
    is_sampling = last in _SAMPLING and "." in name and not name.startswith("random.")
    draws = _ESTIMATORS.search(last) is not None or _shuffles(last, keywords) or is_sampling
    return draws and "numpy" not in seeded


def _shuffles(last: str, keywords: dict[str | None, ast.expr]) -> bool:
    shuffle = keywords.get("shuffle")
    folds = last in ("KFold", "StratifiedKFold", "StratifiedGroupKFold")
    return folds and isinstance(shuffle, ast.Constant) and shuffle.value is True


def _is_none(call: ast.Call) -> bool:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return all(isinstance(one, ast.Constant) and one.value is None for one in values)


def _text(call: ast.Call) -> str:
    text = " ".join(ast.unparse(call).split())
    return text if len(text) <= _MAX_TITLE else f"{text[: _MAX_TITLE - 1]}…"

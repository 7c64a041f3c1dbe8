"""What well-known names do: which calls change nothing, draw random numbers, or touch files.

Where a name is not listed, the cautious answer is given: a call may change what it is given.
"""

import builtins
import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN_NAMES: Final = frozenset(
    dir(builtins)
) | _words(  # IPython's own, the module's, and what hosted notebooks put into a fresh kernel.
    "get_ipython In Out _ __ ___ _i _ii _iii _dh _ih _oh exit quit open display "
    "__name__ __doc__ __file__ __builtins__ __session__ __vsc_ipynb_file__ "
    "spark sc sqlContext dbutils"
)
"""Names a fresh kernel has."""

_HISTORY_NAMES: Final = _words("In Out _ __ ___ _i _ii _iii _dh _ih _oh")
_HISTORY: Final = re.compile(r"_i?\d+$")


def is_history(name: str) -> bool:
    """Whether the name stands for an output or input of an earlier cell, whichever ran before."""
    return name in _HISTORY_NAMES or _HISTORY.match(name) is not None


def is_given(name: str) -> bool:
    """Whether a fresh kernel has the name (``_12`` is the output of cell 12)."""
    return name in GIVEN_NAMES or _HISTORY.match(name) is not None


SHOWING: Final = frozenset({"print", "display", "repr", "len", "type", "str", "help", "dir"})
"""Functions that a statement may call and still do nothing but show."""
SHOWING_METHODS: Final = _words(
    "head tail describe info format join keys items values upper lower strip round"
)

PURE_FUNCTIONS: Final = SHOWING | _words(
    "abs all any ascii bin bool bytes callable chr complex dict divmod enumerate filter float "
    "frozenset getattr hasattr hash hex id int isinstance issubclass list map max min oct ord pow "
    "range reversed round set slice sorted sum tuple zip vars deepcopy copy Counter defaultdict "
    "namedtuple partial Path"
)
"""Functions by plain name that change none of their arguments."""

PLAIN_FUNCTIONS: Final = _words("abs bool bytes float hash int len ord repr round str")
"""Functions whose result cannot be changed in place."""

FRESH_FUNCTIONS: Final = _words(
    "abs all any bool bytes float hash hex id int isinstance len max min ord pow range repr round "
    "str sum type deepcopy sorted train_test_split clone"
)
"""Functions whose result shares nothing that can be changed with their arguments."""

FRESH_METHODS: Final = _words(
    "copy deepcopy mean sum std var median min max count nunique predict predict_proba score "
    "decision_function describe format join split strip lower upper corr dot argmax argmin item "
    "tolist to_numpy to_list dropna fillna drop reset_index sort_values merge groupby agg "
    "value_counts isnull isna notnull astype sample rename apply pivot_table transform "
    "fit_transform inverse_transform fit_predict cross_val_score mode quantile"
)
"""Methods whose result shares nothing with the object."""

PURE_METHODS: Final = FRESH_METHODS | _words(
    "head tail info keys values items get plot hist boxplot scatter iterrows itertuples nlargest "
    "nsmallest loc iloc reshape ravel flatten transpose astype startswith endswith replace encode "
    "decode find index isin map filter select_dtypes query assign set_index unique cumsum diff "
    "shift rolling resample clip round any all melt stack unstack pivot explode to_string to_html "
    "to_dict to_csv to_json to_pickle to_parquet to_excel to_markdown get_params parameters "
    "state_dict named_parameters size dim numel norm detach cpu numpy "
    "get_feature_names_out savefig isdigit splitlines rsplit lstrip rstrip title zfill"
) - frozenset({"fit_transform", "fit_predict"})
"""Methods that leave their object as it is, unless called with ``inplace=True``."""

KEEPS_ARGUMENTS: Final = _words(
    "fit partial_fit fit_transform fit_predict predict predict_proba transform score "
    "decision_function inverse_transform get merge join isin map apply append_image evaluate "
    "log_metric log_metrics log_param log_params set_tag log_artifact add update_layout"
)
"""Methods that change nothing they are given, whatever they do to their object."""

LIBRARIES: Final = _words(
    "numpy pandas sklearn matplotlib seaborn scipy math statistics plotly altair statsmodels json "
    "os sys time datetime re collections itertools functools pathlib glob string operator copy "
    "jupyter_mltrack mlflow xgboost lightgbm catboost joblib pickle warnings random polars "
    "imblearn shap typing dataclasses IPython tqdm textwrap pprint"
)
"""Libraries whose functions leave their arguments as they are, but for the following."""

CHANGING_FUNCTIONS: Final = _words(
    "shuffle put place putmask copyto fill_diagonal heappush heappop heapify heapreplace insort "
    "setattr delattr next set_params setitem delitem"
)

LIST_CHANGES: Final = _words("append insert appendleft")
"""Methods that change a list each time they are called."""

CHANGING_METHODS: Final = LIST_CHANGES | _words(
    "extend add update pop popleft remove discard clear sort reverse setdefault fit partial_fit"
)
"""Methods that change their object when they are handed to what calls them."""

ITERATORS: Final = _words(
    "iter map filter zip enumerate reversed open reader DictReader chain cycle count islice "
    "iterrows itertuples finditer"
)
"""Calls whose result is used up by going through it."""

STEADY_CLASSES: Final = _words(
    "LinearRegression Ridge Lasso ElasticNet LogisticRegression KNeighborsClassifier "
    "KNeighborsRegressor GaussianNB MultinomialNB BernoulliNB SVC SVR LinearDiscriminantAnalysis "
    "QuadraticDiscriminantAnalysis StandardScaler MinMaxScaler RobustScaler OneHotEncoder "
    "LabelEncoder OrdinalEncoder SimpleImputer PolynomialFeatures CountVectorizer "
    "TfidfVectorizer Pipeline ColumnTransformer DBSCAN AgglomerativeClustering"
)
"""Models and transformers that draw nothing by default."""

SEED_KEYWORDS: Final = frozenset({"random_state", "seed", "rng", "generator", "random_seed"})

SEEDING: Final[dict[str, tuple[str, ...]]] = {
    "numpy.random.seed": ("numpy",),
    "numpy.random.set_state": ("numpy",),
    "random.seed": ("python",),
    "random.setstate": ("python",),
    "torch.manual_seed": ("torch",),
    "torch.random.manual_seed": ("torch",),
    "torch.cuda.manual_seed": (),
    "torch.cuda.manual_seed_all": (),
    "tensorflow.random.set_seed": ("tensorflow",),
}
SEEDING_ALL: Final = _words(
    "set_seed seed_everything set_random_seed set_global_seed fix_seed set_all_seeds"
)
GENERATORS: Final = ("numpy", "python", "torch", "tensorflow")
"""The global generators of random numbers that are told apart."""

_NO_DRAWS: Final = _words(
    "default_rng RandomState Generator PCG64 MT19937 Philox SeedSequence get_state getstate "
    "Random SystemRandom get_rng_state initial_seed seed"
)
_TORCH_DRAWS: Final = re.compile(r"torch\.(rand|randn|randint|randperm|normal|bernoulli|multi)")
_MAY_DRAW: Final = re.compile(
    r"rand|choice|choices|shuffle|sample|permutation|normal|uniform|gauss|train_test_split|fit|"
    r"\w*KFold|\w*ShuffleSplit|cross_val|\w+SearchCV|make_|minimize|bootstrap|dropout|train$"
)


def sure_draw(dotted: str) -> str:
    """The global generator that a function surely draws from; empty when none."""
    last = dotted.rsplit(".", 1)[-1]
    if last in _NO_DRAWS or not last.islower():
        return ""
    if dotted.startswith("numpy.random."):
        return "numpy"
    if dotted.startswith("random.") and dotted.count(".") == 1:
        return "python"
    if _TORCH_DRAWS.match(dotted):
        return "torch"
    return "tensorflow" if dotted.startswith("tensorflow.random.") else ""


def may_draw(name: str) -> bool:
    """Whether a function or method of this name may draw from a global generator."""
    return _MAY_DRAW.match(name) is not None


WRITES_OUTSIDE: Final = re.compile(
    r"to_(csv|parquet|pickle|json|excel|hdf|feather|sql|stata)$|save(?!fig)|dump$|write|"
    r"makedirs$|mkdir$|unlink$|rmtree$|download|extractall$|open$"
)
FUNCTIONS_WRITING_OUTSIDE: Final = re.compile(
    r"remove$|rename$|copyfile$|copytree$|move$|urlretrieve$|chdir$|putenv$|system$|getoutput$|"
    r"check_call$|check_output$|Popen$|touch$|replace$"
)
"""Names that mean it only of a library's functions, not of methods."""
READS_OUTSIDE: Final = re.compile(
    r"read(_|$)|load|open$|imread$|glob$|listdir$|exists$|getenv$|from_file$|from_pretrained$|"
    r"loadtxt$|genfromtxt$|iterdir$|system$|getoutput$|check_output$|Popen$|is_file$|fetch_"
)
"""Names of functions and methods that read what is outside the kernel."""

OPAQUE_FUNCTIONS: Final = frozenset({"exec", "eval", "globals", "locals", "__import__"})

HARMLESS_MAGICS: Final = _words(
    "matplotlib load_ext reload_ext unload_ext config autoreload mltrack who whos who_ls pinfo "
    "pinfo2 pdoc pdef psource pfile precision xmode colors history hist page psearch lsmagic magic "
    "quickref pdb debug tb alias_magic notebook automagic autoawait autocall gui pprint watermark "
    "psearch doctest_mode logstart logstop logon logoff pwd dhist debug subplots"
)
MEASURING_MAGICS: Final = frozenset({"time", "timeit", "prun", "memit", "mprun", "lprun"})
OUTSIDE_MAGICS: Final = _words(
    "env set_env cd pip conda mamba uv writefile bash sh script system sx ls mkdir rm cp mv cat ll "
    "pushd popd bookmark save ruby perl pypy python python3 javascript_file file"
)
SHOWING_CELL_MAGICS: Final = _words("html HTML javascript js latex markdown svg SVG")
BODY_CELL_MAGICS: Final = frozenset({"time", "capture", "prun", "mltrack", "timeit", "memit"})
"""Cell magics whose body is ordinary code of the cell."""

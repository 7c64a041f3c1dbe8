"""Which steps add nothing from elsewhere: their result is made of what they are given alone."""

import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final

from jupyter_mltrack.autolog.usercode import is_library, is_library_class


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


PREDICTING: Final = words(
    "predict predict_proba predict_log_proba decision_function score_samples transform "
    "fit_predict fit_transform"
)
"""Methods whose result is a model's: which model's is seen when they are called."""

_NUMPY: Final = words(
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt square power float_power reciprocal clip round "
    "around round_ rint floor ceil trunc fix abs absolute fabs negative positive sign sigmoid tanh "
    "where argmax argmin asarray array asanyarray ascontiguousarray copy ravel squeeze reshape "
    "expand_dims transpose atleast_1d atleast_2d concatenate hstack vstack stack column_stack "
    "mean average median nanmean nanmedian sum max min amax amin maximum minimum fmax fmin "
    "nan_to_num isnan isfinite logical_not logical_and logical_or logical_xor greater "
    "greater_equal less less_equal equal not_equal add subtract multiply divide "
    "true_divide floor_divide mod "
    "digitize take choose select flip fliplr flatten float16 float32 float64 int8 int16 int32 "
    "int64 int_ bool_ uint8 str_ tile repeat hypot array_split split delete compress "
    "extract moveaxis "
    "swapaxes interp"
)
_FILLING: Final = words("zeros ones full zeros_like ones_like full_like empty_like")
_PANDAS: Final = words("Series DataFrame Index Categorical to_numeric concat cut array")
_BUILTINS: Final = words(
    "list tuple round abs int float bool str map zip enumerate reversed sum min max len iter next"
)
METHODS: Final = words(
    "astype copy ravel flatten reshape squeeze round clip argmax argmin mean sum median tolist "
    "to_numpy to_list map apply applymap replace fillna reset_index set_index rename head tail "
    "take item transpose abs max min idxmax idxmin gt lt ge le eq ne add sub mul div "
    "truediv floordiv "
    "pow mod radd rsub rmul rdiv to_frame where mask sample dropna isin between reindex drop "
    "filter query get xs view sort_index swapaxes repeat to_series "
    "nlargest nsmallest explode stack unstack convert_dtypes infer_objects "
    "droplevel toarray"
)
"""Methods of arrays, columns and tables that give a part or a function of their values."""
ATTRIBUTES: Final = words("values T real array flat iloc loc at iat str A1 A base")
REDUCING: Final = words("mean median std var min max sum quantile item argmax")
"""Methods that make one number of data: a threshold, a scale."""
COPYING: Final = words(
    "copy astype ravel flatten reshape squeeze tolist to_numpy to_list values reset_index asarray "
    "array list tuple Series ascontiguousarray asanyarray float64 float32 round"
)
LOOKUPS: Final = frozenset({"classes_", "categories_", "classes", "categories"})
"""Attributes that are tables of labels: what is taken from them is told by the index."""


def is_pure(function: Any) -> bool:
    """Whether a function's result is made of its arguments alone, each of which counts."""
    name = getattr(function, "__name__", "")
    room = _room(function)
    if room == "numpy":
        return name in _NUMPY
    if room == "pandas":
        return name in _PANDAS
    if room == "scipy":
        return name in ("expit", "softmax", "logit", "log_softmax")
    return room == "builtins" and name in _BUILTINS


def is_filling(function: Any) -> bool:
    """Whether a function makes an array of constants in the shape of another."""
    return _room(function) == "numpy" and getattr(function, "__name__", "") in _FILLING


def only_reads(function: Any) -> bool:
    """Whether a function is a library's, which does not write into the arrays it is given."""
    if isinstance(function, (FunctionType, BuiltinFunctionType)):
        return is_library(function.__module__ or "builtins")
    if isinstance(function, type):
        return is_library_class(function)
    bound = getattr(function, "__self__", None)
    return is_library_class(type(function if bound is None else bound))


def is_scalar(value: Any) -> bool:
    """Whether a value is a single one, or none: it holds no predictions to speak of."""
    if value is None or isinstance(value, (type, ModuleType, slice)):
        return True
    numpy: Any = sys.modules.get("numpy")
    if type(value) in (bool, int, float, complex, str, bytes):
        return True
    return numpy is not None and isinstance(value, numpy.generic)


def _room(function: Any) -> str:
    module = getattr(function, "__module__", None)
    if type(function).__name__ == "ufunc":
        # Those of scipy.special are ufuncs too, and say no module.
        return "scipy" if function.__name__ in ("expit", "logit") else "numpy"
    if module is None:
        module = "builtins" if isinstance(function, BuiltinFunctionType) else ""
    room = str(module).partition(".")[0]
    return room if room in ("numpy", "pandas", "scipy", "builtins") else ""

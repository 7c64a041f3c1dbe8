"""Extra time of a tracked ``LogisticRegression.fit`` on breast_cancer against the bare fit."""

import json
import sys
import time
import warnings
from statistics import median

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

which = sys.argv[1]
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X = StandardScaler().set_output(transform="pandas").fit_transform(X)


def time_fits(count: int) -> list[float]:
    """Seconds of each of ``count`` fits."""
    times = []
    for _ in range(count):
        model = LogisticRegression(max_iter=200)
        started = time.perf_counter()
        model.fit(X, y)
        times.append(time.perf_counter() - started)
    return times


bare = median(time_fits(30)[5:])
warnings.simplefilter("ignore")
if which == "mlflow":
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.sklearn.autolog(silent=True)
    first, *warm = time_fits(6)
else:
    import jupyter_mltrack as mltrack

    mltrack.set_tracking_uri("store")
    mltrack.autolog()
    first, *warm = time_fits(35)
    warm = warm[5:]
    mltrack.flush()
print(
    json.dumps(
        {
            "LogisticRegression.fit, added by tracking, warm (ms)": (median(warm) - bare) * 1e3,
            "LogisticRegression.fit, added by tracking, first (ms)": (first - bare) * 1e3,
        }
    )
)

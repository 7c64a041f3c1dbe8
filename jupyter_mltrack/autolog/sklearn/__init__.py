"""Autologging of scikit-learn.

:mod:`.classes` says what is observed, :mod:`.fits` makes a run of a fit (:mod:`.params`,
:mod:`.scores`, :mod:`.search`), :mod:`.cross_validation` one of a cross-validation,
:mod:`.posthoc` logs what is measured later (:mod:`.lineage` knows which run a model or prediction
came from).
"""

from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.sklearn import derived, lineage, measurements, partial, splits
from jupyter_mltrack.autolog.sklearn.classes import observe_classes, observe_metrics, refresh
from jupyter_mltrack.autolog.sklearn.cross_validation import observe_evaluations
from jupyter_mltrack.autolog.sklearn.permutation import observe_inspection


def install(patcher: Patcher, module: str) -> None:
    """Observe what ``module``, just imported, brought."""
    derived.listen()
    {
        "sklearn.base": observe_classes,
        "sklearn.metrics": observe_metrics,
        "sklearn.model_selection": observe_evaluations,
        "sklearn.inspection": observe_inspection,
    }[module](patcher)


def forget_everything() -> None:
    """End the runs that wait for their cell to end, and drop what is known of models."""
    partial.complete_all()
    derived.stop_listening()
    measurements.write_infos()
    lineage.forget_everything()
    splits.forget_splits()


__all__ = ["forget_everything", "install", "refresh"]

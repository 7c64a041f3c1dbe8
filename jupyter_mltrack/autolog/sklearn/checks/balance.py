"""Accuracy where one class is nearly all there is."""

from typing import Final

from jupyter_mltrack.autolog.sklearn.checks.finding import Finding
from jupyter_mltrack.autolog.sklearn.checks.measured import Measured

MAJORITY: Final = 0.8
# Having looked at one of these, one knows.
OTHERWISE: Final = (
    "balanced_accuracy_score", "f1_score", "fbeta_score", "precision_score", "recall_score",
    "precision_recall_fscore_support", "precision_recall_curve", "average_precision_score",
    "roc_auc_score", "roc_curve", "matthews_corrcoef", "cohen_kappa_score", "confusion_matrix",
    "multilabel_confusion_matrix", "classification_report", "jaccard_score", "log_loss",
    "brier_score_loss", "auc", "class_likelihood_ratios", "top_k_accuracy_score",
)  # fmt: skip


def of_metric(measured: Measured) -> Finding | None:
    """Whether an accuracy is not far above that of always giving the most frequent class."""
    memory, value = measured.memory, measured.value
    is_accuracy = measured.metric in ("accuracy_score", f"{memory.class_name}_score")
    if not memory.is_classifier or not is_accuracy or memory.is_measured_otherwise:
        return None
    if value is None or memory.majority < MAJORITY:
        return None
    if value > memory.majority + (1 - memory.majority) / 2:
        return None
    return Finding(
        "balance",
        f"Accuracy is {value:.3g} on {measured.dataset}; {memory.majority:.1%} of the training "
        f"rows are of one class ({memory.majority_label}).",
        "Always answering the most frequent class would be about as accurate. Balanced accuracy, "
        "F1, ROC AUC or a confusion matrix tell more.",
    )

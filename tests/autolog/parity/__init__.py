"""Whether all that MLflow's autolog of scikit-learn records is recorded by ours, under its names.

:mod:`.cases` are the fits, :mod:`.theirs` executes them with MLflow, :mod:`.ours` with us, and
:mod:`.differences` compares. ``python -m tests.autolog.parity`` does it all anew, with the MLflow
of ``make .make/peers``, and freezes what MLflow recorded in ``expected.json``, which
``tests/autolog/test_parity.py`` holds us to without MLflow.

What differs on purpose:

* Tags of the source name the notebook, not the script that started the kernel and its Git commit;
  runs are named after what was fitted, ``LogisticRegression(C=0.1)``.
* Nested estimators are written on one line. A function is named, without its address in memory; a
  value of a class of the user's is named after its class.
* ``metric_info.json`` has the call as it stands in the source; MLflow's puts ``<ndarray>`` where
  an argument has no name.
* An array among the params is written with numpy's usual precision, however it is set.
"""

"""Does tracking leave a notebook alone, and do its exports bring its metrics out again?

``python -m tests.reproduction DIR`` answers for every notebook below a directory; a notebook may be
a link, and runs in the directory of the file it links to, where its data is. Each is executed in
real kernels:

- untracked and tracked. Outputs, warnings, exceptions, execution counts and random states at the
  end must be the same, but for what several untracked executions do not agree on either.
- What the tracked execution showed must be in the store, line by line and picture by picture.
- Each run of the tracked execution is exported in the order it ran; each export is executed in a
  fresh kernel, and the metrics of the corresponding run are compared, all but times. Metrics that
  two executions of the whole notebook do not agree on have no seed, and are counted apart.
- The certificate of a notebook that ran from top to bottom may not be *no*.
- With ``--trials N`` the notebook is used as people use notebooks, N times: cells run again, late,
  not at all, or edited. Exports must bring the metrics out again. A certificate *yes* must be true:
  the notebook as it stood, executed from top to bottom, gives the same metrics; and so must a *no*.

To repeat it on public notebooks: clone their repositories anywhere, link the notebooks into one
directory and name that. A notebook that fails untracked says nothing of tracking and is left out.
Open :mod:`.examine` first.
"""

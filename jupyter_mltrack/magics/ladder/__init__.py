"""What can tell which notebook a kernel runs, where its front end does not: one technique a file.

``server`` asks the Jupyter server, ``hosted`` Colab and Kaggle, ``process`` looks at the program
that started the kernel. Open :mod:`jupyter_mltrack.magics.finder` first, which tries them in turn.
"""

"""``python -m jupyter_mltrack.cli`` is ``mltrack``."""

import sys

from jupyter_mltrack.cli import main

sys.exit(main())

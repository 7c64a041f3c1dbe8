"""What autologging is set to in this process, and what it has done."""

from jupyter_mltrack.autolog.options import Options

options = Options()
recorded_fits = 0

"""`python -m workers.cli`: how `tagboat run` starts its processes."""

import sys

from workers.cli import app

sys.exit(app())

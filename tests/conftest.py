"""What holds for every test: no verdict of an earlier run decides it."""

import os

# A folder below a file cannot be made: a cache there stays empty.
os.environ["LOSSPROOF_CACHE"] = os.path.join(__file__, "none")

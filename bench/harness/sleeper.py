"""How late this machine wakes a thread that does nothing but sleep: the floor of every start that waits for its moment."""

import ctypes
import json
import pathlib
import random
import subprocess
import sys
import time

if __name__ == "__main__":  # run by its path, so that `harness` is not yet known
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness.server_log import percentile  # noqa: E402

PR_SET_TIMERSLACK = 29


class Sleeper:
    """A process of its own that sleeps until random moments, `rate` a second on average, for `seconds`."""

    def __init__(self, rate, seconds):
        self.process = subprocess.Popen([sys.executable, __file__, str(rate), str(seconds)], stdout=subprocess.PIPE)

    def late_ms(self):
        """How late it woke, p50 and p99; waits for its end."""
        printed, _ = self.process.communicate()
        return json.loads(printed)


def sleep(rate, seconds):
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    dice, late = random.Random(1), []
    due = start = time.monotonic()
    while due - start < seconds:
        due += dice.expovariate(rate)
        left = due - time.monotonic()
        if left > 0:
            time.sleep(left)
            late.append((time.monotonic() - due) * 1000)
    return [percentile(late, 0.5), percentile(late, 0.99)]


if __name__ == "__main__":
    print(json.dumps(sleep(float(sys.argv[1]), float(sys.argv[2]))))

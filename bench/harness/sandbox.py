"""A sandbox backend on a free port, for as long as a `with` lasts."""

import os
import re
import subprocess


class Sandbox:
    """Its address comes with the `with`."""

    def __init__(self, folder, flags, seed):
        self.command = [os.path.join(folder, "backend"), "--listen", "127.0.0.1:0", "--seed", str(seed), *flags]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if found := re.search(r"http://[0-9.:]+", line):
                return found.group(0)
        raise RuntimeError(f"{' '.join(self.command)} ended before it was ready")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

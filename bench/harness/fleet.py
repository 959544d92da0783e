"""A run of the controller with worker processes of its own, in a folder of its own."""

import json
import pathlib
import re
import subprocess
import tempfile



class FleetRun:
    """Controller and workers for as long as a `with` lasts: `controller`, `workers` are processes."""

    def __init__(self, binaries, url, workers, flags, in_front=()):
        self.binaries, self.wanted, self.in_front = pathlib.Path(binaries).resolve(), workers, list(in_front)
        self.flags = ["-H", url, "--bind", "127.0.0.1:0", "--expect-workers", workers, "--no-dashboard", *flags]

    def __enter__(self):
        self.place = tempfile.TemporaryDirectory(prefix="fleet-")
        self.folder = pathlib.Path(self.place.name)
        command = [self.binaries / "controller", *self.flags, "--results", self.folder / "results"]
        self.controller = self.start(command, stderr=subprocess.PIPE)
        for line in self.controller.stderr:
            if found := re.search(r"--controller (\S+?)`", line):
                break
        else:
            raise RuntimeError(f"the controller ended before it was ready: {line}")
        worker = lambda number: [self.binaries / "worker", "--controller", found[1], "--name", f"w{number}", "--threads", 1]
        self.workers = [self.start(worker(number + 1), stderr=subprocess.DEVNULL) for number in range(self.wanted)]
        return self

    def start(self, command, **more):
        command = [*self.in_front, *map(str, command)]
        return subprocess.Popen(command, text=True, cwd=self.folder, stdout=subprocess.DEVNULL, **more)

    def summary(self, timeout=300):
        """Waits for the end."""
        _, said = self.controller.communicate(timeout=timeout)
        for worker in self.workers:
            worker.wait(60)
        try:
            return json.loads((self.folder / "results/summary.json").read_text()) | {"exit_code": self.controller.returncode}
        except FileNotFoundError:
            raise RuntimeError(f"no run: {said}") from None

    def __exit__(self, *_):
        for process in [self.controller, *self.workers]:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.place.cleanup()

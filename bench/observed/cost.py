"""What ten observers take of a core: the controller's processor time with them, less that without, while the load is small."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from process import free_port, process
from services import postgres

from software import exporter

# Share of a core that ten observers may take.
BAR = 0.02
SECONDS, ROUNDS = 20, 3
TICKS = os.sysconf("SC_CLK_TCK")


def used(pid):
    """Processor time of a process in seconds."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def controller(folder, url, observers):
    """Share of a core that a controller takes between its 5th second and its last."""
    with tempfile.TemporaryDirectory(prefix="cost-") as results:
        command = [folder / "controller", "-H", url, "--bind", "127.0.0.1:0", "-u", "2", "-t", f"{SECONDS + 8}s", "--classes", "crud",
                   "--think", "1s", "--no-dashboard", "--quiet", "--results", results]
        worker = ["--expect-workers", "1"]
        with socket_of(command + worker + observers, folder) as pid:
            time.sleep(5)
            before, since = used(pid), time.monotonic()
            time.sleep(SECONDS)
            return (used(pid) - before) / (time.monotonic() - since)


@contextlib.contextmanager
def socket_of(command, folder):
    """The controller, with a worker of its own process, so that the load is not counted."""
    port = free_port()
    command[command.index("127.0.0.1:0")] = f"127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen([str(part) for part in command], **quiet)
    time.sleep(1)
    worker = subprocess.Popen([str(folder / "worker"), "--controller", f"127.0.0.1:{port}"], **quiet)
    try:
        yield running.pid
    finally:
        for each in (running, worker):
            each.kill()
            each.wait()


def measure(folder):
    """Four pages of the node exporter (about 100 KB each), two of the sandbox, PostgreSQL, a process, a container's group, a page
    that is gone."""
    with contextlib.ExitStack() as stack:
        port = free_port()
        backend = process([folder / "backend", "--listen", f"127.0.0.1:{port}", "--stream-slots", "4"], f"http://127.0.0.1:{port}",
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = stack.enter_context(backend)
        page = stack.enter_context(exporter("node", "--web.listen-address"))
        address = stack.enter_context(postgres()).replace("postgresql://app@", "postgres://twin@")
        targets = [page] * 4 + [f"{url}/_sandbox/metrics"] * 2 + [address, f"pid:{os.getpid()}", "cgroup:/system.slice", "http://127.0.0.1:9/metrics"]
        group = next(path for path in pathlib.Path("/sys/fs/cgroup").glob("**/*") if path.is_dir() and (path / "cpu.stat").exists() and path.parent.name)
        parts = group.relative_to("/sys/fs/cgroup").parts
        below = parts if pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists() else parts[1:]
        targets[8] = f"cgroup:/{'/'.join(below) or 'docker'}"
        observers = [word for number, target in enumerate(targets) for word in ("--observe", f"o{number}={target}")]
        taken = {"with": [], "without": []}
        for _ in range(ROUNDS):
            taken["without"].append(controller(folder, url, []))
            taken["with"].append(controller(folder, url, observers))
    each = {name: statistics.median(values) for name, values in taken.items()}
    found = each | {"share": each["with"] - each["without"], "rounds": taken, "what": measure.__doc__.strip().rstrip(".").replace("\n    ", " ")}
    print(f"ten observers: {100 * found['share']:.2f} % of a core ({taken})")
    return found

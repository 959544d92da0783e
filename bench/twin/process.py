"""A program that serves for as long as a `with` lasts."""

import contextlib
import socket
import subprocess
import time
import urllib.request


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def await_answer(url, path, process, seconds):
    # Not counted as load, as the controller's own looks are not.
    probe = urllib.request.Request(f"{url}{path}", headers={"x-loadtest-probe": "ready"})
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode} before it answered")
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(probe, timeout=1).close()
        time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


@contextlib.contextmanager
def process(command, url, path="/threads", seconds=30, **more):
    running = subprocess.Popen([str(part) for part in command], **more)
    try:
        await_answer(url, path, running, seconds)
        yield url
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()

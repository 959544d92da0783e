"""The responder as a process."""

import json
import subprocess
import urllib.request

from . import machine


class Server:
    def __init__(self, binaries, delay_ms=0, prompt=False):
        command = [binaries / "responder", "--listen", "127.0.0.1:0", "--delay-ms", delay_ms]
        command = machine.pinned(machine.SERVER_CPU, command, prompt)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        self.url = f"http://{self.address}"

    def counts(self):
        with urllib.request.urlopen(self.url + "/count", timeout=60) as answer:
            return json.load(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

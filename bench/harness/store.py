"""What was measured, a file for each part, so that a run that was cut goes on where it was."""

import json
import os


class Store:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name):
        return self.folder / f"{name}.json"

    def __contains__(self, name):
        return self.path(name).exists()

    def keep(self, name, value):
        fresh = self.folder / f".{name}.new"
        fresh.write_text(json.dumps(value, indent=1) + "\n")
        os.replace(fresh, self.path(name))

    def all(self, names):
        return {name: json.loads(self.path(name).read_text()) for name in names if name in self}

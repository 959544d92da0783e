"""Where the tools are: a virtual environment for each, and a small tokenizer that needs no network."""

import os
import pathlib
import subprocess
import sys

TOKENIZER = """
import json, pathlib, sys
from tokenizers import Tokenizer, models, pre_tokenizers
words = ["<unk>", "<s>", "</s>", *(f"w{number}" for number in range(1000)), *(f"q{number}" for number in range(1000))]
tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
tokenizer.save(str(folder / "tokenizer.json"))
(folder / "tokenizer_config.json").write_text(json.dumps({
    "tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>",
    "model_max_length": 100000, "chat_template": "{% for message in messages %}{{ message['content'] }} {% endfor %}",
}))
"""


class Environment:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.tokenizer = self.root / "tokenizer"

    def folder(self, tool):
        return self.root / tool.package

    def program(self, tool):
        return self.folder(tool) / "bin" / tool.package

    def variables(self, tool):
        """Of a command of the tool: nothing is looked for on the network."""
        return os.environ | {"HF_HOME": str(self.root / "home")} | tool.offline | tool.variables

    def install(self, tool):
        """None, or why it is not here."""
        if self.installed(tool) == tool.version:
            return None
        python = interpreter(tool.python)
        if not python:
            return f"{tool.package} {tool.version} wants Python {'.'.join(map(str, tool.python))} or newer; none is here"
        pip = [self.folder(tool) / "bin/python", "-m", "pip", "install", "--quiet", f"{tool.package}=={tool.version}"]
        for command in ([python, "-m", "venv", "--clear", self.folder(tool)], ["chrt", "-i", "0", *pip]):
            ran = subprocess.run(list(map(str, command)), capture_output=True, text=True)
            if ran.returncode:
                return (ran.stderr.strip() or f"{command[0]} ended with {ran.returncode}").splitlines()[-1]
        return None

    def installed(self, tool):
        ask = f"import importlib.metadata as packages; print(packages.version({tool.package!r}))"
        try:
            ran = subprocess.run([self.folder(tool) / "bin/python", "-c", ask], capture_output=True, text=True)
        except FileNotFoundError:
            return None
        return ran.stdout.strip()

    def make_tokenizer(self, tool):
        """With the package that the tools bring."""
        if not (self.tokenizer / "tokenizer_config.json").exists():
            subprocess.run([self.folder(tool) / "bin/python", "-c", TOKENIZER, self.tokenizer], check=True)


def interpreter(least):
    """A Python that is new enough, of the PATH or of pyenv."""
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    named = [sys.executable, "python3", *(f"python3.{minor}" for minor in range(14, 9, -1))]
    for python in [*named, *sorted(pyenv.glob("versions/3.*/bin/python3"))]:
        try:
            ran = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
        except FileNotFoundError:
            continue
        if ran.returncode == 0 and tuple(map(int, ran.stdout.split())) >= least:
            return python
    return None

"""Chat stacks from PyPI: LiteLLM's proxy, LangGraph's server, llama.cpp, each for as long as a `with` lasts."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from process import free_port, process

HERE = pathlib.Path(__file__).resolve().parent
LITELLM = {
    "cap": {"max_parallel_requests": 5},
    "rate": {"rpm": 300},
}


def pythons(venvs, given=None):
    """A function that gives the Python of a stack, installed at the first call; `given` is one that has everything."""
    def python(stack):
        if given:
            return given
        wanted = HERE / ("requirements.txt" if stack == "fastapi" else f"requirements-{stack}.txt")
        venv, complete = venvs / stack, venvs / stack / "complete"
        if not complete.exists() or complete.read_text() != wanted.read_text():
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
            subprocess.run([venv / "bin/python", "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
            complete.write_text(wanted.read_text())
        return venv / "bin/python"
    return python


@contextlib.contextmanager
def litellm(python, model_url, limit):
    """LiteLLM's proxy with a limit in front of a model that speaks as OpenAI does. It tries nothing again."""
    port, key = free_port(), "sk-of-this-run"
    deployment = {"model": "openai/model", "api_base": f"{model_url}/v1", "api_key": "none", **LITELLM[limit]}
    settings = {
        "model_list": [{"model_name": "model", "litellm_params": deployment}],
        "router_settings": {
            "num_retries": 0, "disable_cooldowns": True, "optional_pre_call_checks": ["enforce_model_rate_limits"],
        },
        "general_settings": {"master_key": key},
    }
    with tempfile.TemporaryDirectory(prefix="twin-litellm-") as folder:
        # JSON is YAML.
        config = pathlib.Path(folder, "config.yaml")
        config.write_text(json.dumps(settings))
        api = pathlib.Path(folder, "api.toml")
        api.write_text('preset = "openai"\n[constants]\nmodel = "model"\n')
        command = [python.with_name("litellm"), "--config", config, "--host", "127.0.0.1", "--port", port]
        with process(command, f"http://127.0.0.1:{port}", "/health/liveliness", 120, cwd=folder,
                     env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as url:
            yield url, ["--api", str(api), "--header", f"authorization: Bearer {key}"]


@contextlib.contextmanager
def langgraph(python, graph="graph.py", api="langgraph.toml"):
    """LangGraph's server in memory, with ten jobs per worker, and what its graph has put down."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="twin-langgraph-") as folder:
        answers = pathlib.Path(folder, "answers")
        answers.touch()
        settings = {"dependencies": ["."], "graphs": {"agent": f"{HERE}/{graph}:graph"}, "env": {}}
        config = pathlib.Path(folder, "langgraph.json")
        config.write_text(json.dumps(settings))
        command = [python.with_name("langgraph"), "dev", "--config", config, "--port", port, "--no-browser", "--no-reload",
                   "--n-jobs-per-worker", "10", "--server-log-level", "ERROR"]
        variables = os.environ | {"TWIN_ANSWERS": str(answers), "PATH": f"{python.parent}:{os.environ['PATH']}"}
        with process(command, f"http://127.0.0.1:{port}", "/ok", 120, cwd=folder, env=variables,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as url:
            yield url, ["--api", str(HERE / api)], answers.read_text


@contextlib.contextmanager
def llama(python, slots):
    """llama.cpp's own server with a small model."""
    port = free_port()
    command = [python, HERE / "llama.py", port, slots]
    with process(command, f"http://127.0.0.1:{port}", "/health", 120,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as url:
        yield url, ["--api", str(HERE / "llama.toml")]

"""The chat software of bench/described, each for as long as a `with` lasts.

Each yields where it is, the flags of a run, and a function that looks at what the software itself has counted and gives
a list of (what, its own, the report's)."""

import contextlib
import csv
import json
import os
import pathlib
import re
import secrets
import sqlite3
import subprocess
import tempfile
import urllib.request

from process import free_port, process
from services import fastapi
from stacks import langgraph, llama

HERE = pathlib.Path(__file__).resolve().parent
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def rows_of(folder, columns, users):
    """A row for each user and one for the look before the load, in a file for --users-file."""
    file = pathlib.Path(folder, "users.csv")
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows((f"user{n}@chat.test", f"secret-{n}-{secrets.token_hex(8)}") for n in range(users + 1))
    return file


def of_model(model, before, summary):
    """Answers and tokens, by the model behind."""
    answers, tokens = (json.loads(read(f"{model}/{path}")) for path in ("_counts", "_tokens"))
    streams = summary["streams"]
    given = tokens.get("completion", 0) - before[1].get("completion", 0)
    asked = answers.get("POST /v1/chat/completions", 0) - before[0].get("POST /v1/chat/completions", 0)
    return [("answers", asked, streams["completed"]), ("tokens", given, streams["tokens_reported"])]


def now_at(model):
    return [json.loads(read(f"{model}/{path}")) for path in ("_counts", "_tokens")]


@contextlib.contextmanager
def litellm(pythons, users):
    """A key for each user."""
    with fastapi(pythons("fastapi"), "healthy") as model, tempfile.TemporaryDirectory(prefix="described-") as folder:
        file, seen = rows_of(folder, ("name", "key"), users), pathlib.Path(folder, "seen")
        # LiteLLM's keys begin so.
        file.write_text(file.read_text().replace("secret-", "sk-"))
        keys = pathlib.Path(folder, "keys")
        keys.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
        seen.touch()
        settings = {
            "model_list": [{"model_name": "model", "litellm_params": {"model": "openai/model", "api_base": f"{model}/v1", "api_key": "none"}}],
            "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            "general_settings": {"master_key": f"sk-{secrets.token_hex(16)}", "custom_auth": "litellm_keys.user"},
        }
        config = pathlib.Path(folder, "config.yaml")
        config.write_text(json.dumps(settings))
        pathlib.Path(folder, "litellm_keys.py").symlink_to(HERE / "litellm_keys.py")
        port = free_port()
        command = [pythons("litellm").with_name("litellm"), "--config", config, "--host", "127.0.0.1", "--port", port]
        variables = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "TWIN_KEYS": str(keys), "TWIN_FILE": str(seen)}
        with process(command, f"http://127.0.0.1:{port}", "/health/liveliness", 120, cwd=folder, env=variables, **QUIET) as url:
            before = now_at(model)

            def compare(summary):
                pairs = {tuple(line.split()) for line in seen.read_text().splitlines()}
                alone = len(pairs) == len(dict(pairs)) == len({name for _, name in pairs})
                return [*of_model(model, before, summary), ("users, each with its own key", len(pairs) if alone else -1, users)]

            yield url, ["--api", HERE / "litellm-keys.toml", "--users-file", file, "--classes", "stream"], compare


@contextlib.contextmanager
def agno(pythons, _users):
    """AgentOS, whose questions are forms."""
    with fastapi(pythons("fastapi"), "healthy") as model, tempfile.TemporaryDirectory(prefix="described-") as folder:
        port, log = free_port(), pathlib.Path(folder, "log")
        command = [pythons("agno"), "-m", "uvicorn", "agent:app", "--port", port]
        variables = os.environ | {"TWIN_MODEL": f"{model}/v1", "TWIN_FILE": f"{folder}/agno.db"}
        with log.open("w") as out:
            with process(command, f"http://127.0.0.1:{port}", "/health", 120, cwd=HERE, env=variables, stdout=out, stderr=out) as url:
                before, looks = now_at(model), len(calls_in(log))

                def compare(summary):
                    # The first call is the controller's own look.
                    calls = calls_in(log)[looks + 1:]
                    return [*of_model(model, before, summary), ("calls", len(calls), summary["total"]["count"] + summary["total"]["cut"])]

                yield url, ["--api", HERE / "agno.toml"], compare


def calls_in(log):
    return re.findall(r'"(?:GET|POST|PATCH|DELETE) [^"]*" \d{3}', log.read_text())


@contextlib.contextmanager
def open_webui(pythons, users):
    """A sign-in for each user, whose token lasts a minute."""
    with fastapi(pythons("fastapi"), "healthy") as model, tempfile.TemporaryDirectory(prefix="described-") as folder:
        port, file = free_port(), rows_of(folder, ("email", "password"), users)
        variables = os.environ | {
            "DATA_DIR": folder, "WEBUI_SECRET_KEY": secrets.token_hex(16), "JWT_EXPIRES_IN": "60s", "OFFLINE_MODE": "True",
            "HF_HUB_OFFLINE": "1", "RAG_EMBEDDING_ENGINE": "openai", "ENABLE_OLLAMA_API": "False", "OPENAI_API_KEY": "none",
            "OPENAI_API_BASE_URL": f"{model}/v1", "ENABLE_PERSISTENT_CONFIG": "False", "BYPASS_MODEL_ACCESS_CONTROL": "True",
            "GLOBAL_LOG_LEVEL": "ERROR",
        }
        command = [pythons("open-webui").with_name("open-webui"), "serve", "--host", "127.0.0.1", "--port", port]
        with process(command, f"http://127.0.0.1:{port}", "/health", 300, cwd=folder, env=variables, **QUIET) as url:
            database = f"{folder}/webui.db"
            subprocess.run([pythons("open-webui"), HERE / "open_webui_users.py", database, file], check=True)
            before = now_at(model)

            def compare(summary):
                with sqlite3.connect(database) as asked:
                    chats, = asked.execute("SELECT count(*) FROM chat").fetchone()
                    active, = asked.execute("SELECT count(*) FROM user WHERE last_active_at > 0").fetchone()
                signed_in = next(row for row in summary["endpoints"] if row["name"].endswith("/signin"))
                made = next(row for row in summary["endpoints"] if row["name"].endswith("/new"))
                gone = next(row for row in summary["endpoints"] if row["method"] == "DELETE")
                # What the report calls failed, after a timeout say, may have been done all the same.
                least, most = made["count"] - made["failures"] - gone["count"], made["count"] - gone["count"] + gone["failures"]
                left = chats if least <= chats <= most else f"{least} to {most}"
                twice = "yes" if signed_in["count"] >= 2 * users else f"no, {signed_in['count']} sign-ins"
                # The controller's own look comes as one user more.
                return [*of_model(model, before, summary), ("chats that are left", chats, left),
                        ("users who came", min(active, users), users), ("signed in anew", "yes", twice)]

            flags = ["--api", HERE / "open-webui.toml", "--users-file", file, "--classes", "crud,stream", "--think", "120s..200s"]
            yield url, flags, compare


@contextlib.contextmanager
def two_nodes(pythons, _users):
    """LangGraph's server, whose graph asks a model twice for an answer: sixty tokens in three seconds."""
    with langgraph(pythons("langgraph"), "two_nodes.py", "two-nodes.toml") as (url, flags, put_down):
        def compare(summary):
            answers, tokens = (put_down().count(letter) for letter in "at")
            streams = summary["streams"]
            # Before the first token the server's own queue is in it, which it looks at once a second.
            took = streams["metrics"]["e2e"]["avg"] - streams["metrics"]["ttft"]["avg"]
            return [("answers", answers, streams["completed"]), ("tokens", tokens, streams["tokens_reported"]),
                    ("first token to end in 2.9 s to 3.1 s", "yes", "yes" if 2900 <= took <= 3100 else f"no, {took} ms")]

        yield url, [*flags, "--classes", "stream"], compare


@contextlib.contextmanager
def llama_by(pythons, api):
    with llama(pythons("llama"), 4) as (url, _):
        def predicted():
            return int(re.search(r"^llamacpp:tokens_predicted_total (\d+)", read(f"{url}/metrics"), re.M)[1])

        before = predicted()
        yield (url, ["--api", HERE / api, "--classes", "stream"],
               lambda summary: [("tokens", predicted() - before, summary["streams"]["tokens_reported"])])


# How long each is loaded, by how many users, how many of them begin in a second.
STACKS = {
    "litellm": (litellm, "20s", 60, 20),
    "agno": (agno, "20s", 8, 8),
    "two-nodes": (two_nodes, "30s", 6, 2),
    # A token of a minute is over whenever somebody has thought, so each step costs a sign-in: three a second, of the eight
    # or so that its one process can do on two cores.
    "open-webui": (open_webui, "480s", 500, 5),
    "llama": (lambda pythons, _: llama_by(pythons, "llama.toml"), "20s", 4, 4),
    "llama-native": (lambda pythons, _: llama_by(pythons, "llama-native.toml"), "20s", 4, 4),
}

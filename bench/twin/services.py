"""The services that bench/twin/run searches, each for as long as a `with` lasts."""

import collections
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.request

from process import free_port, process
from proxies import NGINX_LIMITS, haproxy, nginx, round_robin
from stacks import langgraph, litellm, llama

HERE = pathlib.Path(__file__).resolve().parent
# Clients that the database takes, and those beyond them that it keeps for its superuser.
CONNECTIONS, RESERVED = 20, 3

# Where it is, flags that say how it speaks, and a function that counts what it has answered so far, by endpoint.
Service = collections.namedtuple("Service", "url flags answered")


@contextlib.contextmanager
def fastapi(python, how, database=None, threads=10):
    """The service, streaming in the way that `how` names."""
    port = free_port()
    variables = os.environ | {"TWIN": how, "TWIN_THREADS": str(threads)} | ({"TWIN_DATABASE": database} if database else {})
    command = [python, "-m", "uvicorn", "service:app", "--port", port, "--log-level", "error", "--no-access-log"]
    with process(command, f"http://127.0.0.1:{port}", cwd=HERE, env=variables) as url:
        yield url


@contextlib.contextmanager
def postgres():
    """A PostgreSQL of its own that takes CONNECTIONS clients; its address."""
    port = free_port()
    programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    with tempfile.TemporaryDirectory(prefix="twin-postgres-") as folder:
        shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        as_postgres(programs / "initdb", "-D", data, "-A", "trust", "-U", "twin", "--no-sync")
        settings = f"-p {port} -k {folder} -c max_connections={CONNECTIONS + RESERVED} -c fsync=off"
        as_postgres(programs / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", settings, "start")
        as_postgres(programs / "psql", "-h", folder, "-p", str(port), "-U", "twin", "postgres", "-c", "CREATE ROLE app LOGIN")
        try:
            yield f"postgresql://app@127.0.0.1:{port}/postgres"
        finally:
            as_postgres(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def as_postgres(*command):
    """PostgreSQL does not run as root."""
    subprocess.run(["runuser", "-u", "postgres", "--", *command], check=True, cwd="/", stdout=subprocess.DEVNULL)


def counted(url):
    """What a FastAPI service says that it answered."""
    def answered():
        with urllib.request.urlopen(f"{url}/_counts", timeout=10) as answer:
            return {endpoint: count for endpoint, count in json.load(answer).items() if count}
    return answered


@contextlib.contextmanager
def service(pythons, name):
    """The service of this name; `pythons(STACK)` gives a Python with what it imports."""
    with contextlib.ExitStack() as stack:
        kind, _, setting = name.partition("-")
        if kind == "langgraph":
            url, flags, put_down = stack.enter_context(langgraph(pythons("langgraph")))
            yield Service(url, flags, lambda: {"answers": len(put_down())})
        elif kind == "llama":
            yield Service(*stack.enter_context(llama(pythons("llama"), int(setting))), None)
        else:
            own = name in ("pool", "chunk", "loop", "pauses", "thrash", "locked", "whole", "database", "session")
            database = stack.enter_context(postgres()) if name in ("database", "session") else None
            behind = stack.enter_context(fastapi(pythons("fastapi"), name if own else "healthy", database))
            url, flags = behind, []
            if name in NGINX_LIMITS:
                url = stack.enter_context(nginx(behind, name))
            elif name == "maxconn":
                url = stack.enter_context(haproxy(behind))
            elif kind == "litellm":
                url, flags = stack.enter_context(litellm(pythons("litellm"), behind, setting))
            answered = [counted(behind)]
            if name == "replicas":
                small = stack.enter_context(fastapi(pythons("fastapi"), "pool", threads=4))
                url = stack.enter_context(round_robin(behind, small))
                answered.append(counted(small))
            yield Service(url, flags, lambda: sum((collections.Counter(counts()) for counts in answered), collections.Counter()))

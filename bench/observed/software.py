"""What bench/observed/run searches, each for as long as a `with` lasts, with who observes it and what its own tools say."""

import contextlib
import os
import pathlib
import subprocess
import sys
from collections import namedtuple

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "twin"))

from process import free_port, process  # noqa: E402
from proxies import nginx_with  # noqa: E402
from services import fastapi, postgres  # noqa: E402
from stacks import llama  # noqa: E402

import own  # noqa: E402
from same import gauge, rate, share  # noqa: E402

# Where it is, the flags of the controller (who observes it among them), a function that asks its own tool, and which of
# the tool's figures each series is to be equal to.
Service = namedtuple("Service", "url flags tool pairs", defaults=(None, ()))


@contextlib.contextmanager
def running(command):
    """A program without a page of its own to wait for."""
    program = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield program
    finally:
        program.terminate()
        program.wait(20)


@contextlib.contextmanager
def exporter(name, flag, *more, **variables):
    """One of Debian's exporters; the address of its page."""
    port = free_port()
    command = [f"prometheus-{name}-exporter", f"{flag}=127.0.0.1:{port}", *more]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": os.environ | variables}
    with process(command, f"http://127.0.0.1:{port}", "/metrics", **quiet) as url:
        yield f"{url}/metrics"


@contextlib.contextmanager
def app(python, name, how):
    """A service of apps.py, streaming as `how` of bench/twin/service.py names."""
    port = free_port()
    variables = os.environ | {"APP": name, "TWIN": how, "PYTHONPATH": f"{HERE}:{HERE.parent / 'twin'}"}
    command = [python, "-m", "uvicorn", "apps:app", "--port", port, "--log-level", "error", "--no-access-log"]
    with process(command, f"http://127.0.0.1:{port}", env=variables) as url:
        yield url


def pid_of(url):
    """The process that listens there."""
    said = subprocess.run(["ss", "-Hltnp", f"sport = :{url.rpartition(':')[2]}"], capture_output=True, text=True, check=True).stdout
    return said.partition("pid=")[2].partition(",")[0]


@contextlib.contextmanager
def database(pythons, by_exporter):
    """SQLAlchemy's pool (5 and 10 more) on PostgreSQL, a session held by each stream."""
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(postgres())
        host, port = "127.0.0.1", address.rpartition(":")[2].partition("/")[0]
        url = stack.enter_context(fastapi(pythons("fastapi"), "session", address))
        tool = own.Psql(host, port)
        stack.callback(tool.close)
        states = ("active", "idle", "idle in transaction")
        if by_exporter:
            source = f"postgresql://twin@{host}:{port}/postgres?sslmode=disable&application_name=exporter"
            page = stack.enter_context(exporter("postgres", "--web.listen-address", DATA_SOURCE_NAME=source))
            # Its own two sessions change their states as it asks, so those of the other states are never equal.
            held = "idle in transaction"
            pairs = [("db", f'pg_stat_activity_count{{state="{held}"}}', gauge, f"all {held}"), ("db", "pg_settings_max_connections", gauge, "most")]
            yield Service(url, ["--observe", f"db={page}"], tool, pairs)
        else:
            pairs = [("db", f'postgres_sessions{{state="{state}"}}', gauge, f"sessions {state}") for state in states]
            pairs += [("db", "postgres_connections", gauge, "connections"), ("db", "postgres_max_connections", gauge, "most"),
                      ("db", "rate(postgres_transactions)", rate, "transactions")]
            yield Service(url, ["--observe", f"db=postgres://twin@{host}:{port}/postgres"], tool, pairs)


@contextlib.contextmanager
def node(pythons):
    """This machine, by Debian's node exporter, and a service on it."""
    with fastapi(pythons("fastapi"), "healthy") as url, exporter("node", "--web.listen-address") as page:
        pairs = [("node", f'rate(node_cpu_seconds_total{{mode="{mode}"}})', rate, mode) for mode in ("idle", "user", "system")]
        pairs += [("node", "node_load1", gauge, "load1"), ("node", "node_memory_MemAvailable_bytes", gauge, "available"),
                  ("node", "node_memory_MemTotal_bytes", gauge, "total")]
        yield Service(url, ["--observe", f"node={page}"], own.proc, pairs)


@contextlib.contextmanager
def nginx(pythons):
    """nginx from Debian with its status page, by Debian's exporter."""
    with contextlib.ExitStack() as stack:
        behind = stack.enter_context(fastapi(pythons("fastapi"), "healthy"))
        status = "} location = /stub_status { stub_status;"
        front = stack.enter_context(nginx_with(behind, chat_url=behind, zone="", chat=f"proxy_buffering off; {status}"))
        page = stack.enter_context(exporter("nginx", "-web.listen-address", f"-nginx.scrape-uri={front}/stub_status"))
        names = {"active": gauge, "reading": gauge, "writing": gauge, "waiting": gauge}
        pairs = [("nginx", f"nginx_connections_{name}", how, name) for name, how in names.items()]
        pairs += [("nginx", "rate(nginx_connections_accepted)", rate, "accepts"), ("nginx", "rate(nginx_http_requests_total)", rate, "requests")]
        yield Service(front, ["--observe", f"nginx={page}"], lambda: own.stub_status(f"{front}/stub_status"), pairs)


@contextlib.contextmanager
def quota(pythons):
    """A service in a container that may use half a core."""
    python, port, name = pathlib.Path(pythons("fastapi")), free_port(), f"observed-{os.getpid()}-{free_port()}"
    # The image is empty: the container sees this machine's programs.
    subprocess.run("tar -cT /dev/null | docker import - loadtests-empty", shell=True, check=True, stdout=subprocess.DEVNULL)
    places = {"/usr", "/bin", "/lib", "/lib64", str(python.parents[1]), str(python.resolve().parents[1]), str(HERE.parent / "twin")}
    shown = [part for place in sorted(places) for part in ("-v", f"{place}:{place}:ro")]
    command = ["docker", "run", "--rm", "--name", name, "--cpus", "0.5", "--network", "host", "-e", "TWIN=loop",
               "-w", HERE.parent / "twin", *shown, "loadtests-empty", python, "-m", "uvicorn", "service:app", "--port", port,
               "--log-level", "error", "--no-access-log"]
    try:
        with process(command, f"http://127.0.0.1:{port}") as url:
            pairs = [("app", "cpu_cores", rate, "cpu"), ("app", "memory_bytes", gauge, "memory"), ("app", "threads", gauge, "threads"),
                     ("app", "throttled_share", share, "throttled", "periods")]
            yield Service(url, ["--observe", f"app=docker:{name}"], lambda: own.stats(name), pairs)
    finally:
        subprocess.run(["docker", "rm", "-f", name], capture_output=True, check=False)


@contextlib.contextmanager
def engine(pythons):
    """llama.cpp's server with four slots, by its own page."""
    with llama(pythons("llama"), 4) as (url, flags):
        pairs = [("model", "llamacpp:requests_processing", gauge, "processing")]
        yield Service(url, [*flags, "--observe", f"model={url}/metrics"], lambda: own.slots(url), pairs)


@contextlib.contextmanager
def by_process(pythons, how):
    """A FastAPI service, of which only its process is observed."""
    with fastapi(pythons("fastapi"), how) as url:
        yield Service(url, ["--observe", f"app=pid:{pid_of(url)}"])


@contextlib.contextmanager
def by_page(pythons, name, how):
    """A service of apps.py that has a page of metrics."""
    with app(pythons("fastapi"), name, how) as url:
        yield Service(url, ["--observe", f"app={url}/metrics"])


@contextlib.contextmanager
def batch(backend, seed):
    """The sandbox with a batch of eight, whose answers are all of one length."""
    port = free_port()
    command = [backend, "--listen", f"127.0.0.1:{port}", "--seed", seed, "--stream-slots", "0", "--batch-slots", "8", "--batch-per-seq", "0s", "--tokens", "20", "--tokens-sigma", "0"]
    with process(command, f"http://127.0.0.1:{port}", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as url:
        yield Service(url, ["--observe", f"app={url}/_sandbox/metrics"])

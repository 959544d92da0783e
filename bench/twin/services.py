"""The services that bench/twin/run searches: FastAPI on uvicorn, PostgreSQL and nginx, each for as long as a
`with` lasts."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
# Clients that the database takes, and those beyond them that it keeps for its superuser.
CONNECTIONS, RESERVED = 20, 3

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {zone}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass {url}; }}
    location /chat/ {{ proxy_pass {url}; {chat} }}
  }}
}}
"""
# What people put in front of a service.
PROXIES = {
    # As it comes: proxy_buffering on, which passes on at once what comes slowly.
    "nginx": {"zone": "", "chat": ""},
    "limit": {
        "zone": "limit_req_zone $server_addr zone=chat:1m rate=20r/s; limit_req_status 429;",
        "chat": "proxy_buffering off; limit_req zone=chat burst=5 nodelay;",
    },
}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def await_answer(url, process):
    # Not counted as load, as the controller's own looks are not.
    probe = urllib.request.Request(f"{url}/threads", headers={"x-loadtest-probe": "ready"})
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode} before it answered")
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(probe, timeout=1).close()
        time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


@contextlib.contextmanager
def process(command, url, **more):
    running = subprocess.Popen([str(part) for part in command], **more)
    try:
        await_answer(url, running)
        yield url
    finally:
        running.terminate()
        running.wait()


@contextlib.contextmanager
def fastapi(python, how, database=None):
    """The service, streaming in the way that `how` names."""
    port = free_port()
    variables = os.environ | {"TWIN": how} | ({"TWIN_DATABASE": database} if database else {})
    command = [python, "-m", "uvicorn", "service:app", "--port", port, "--log-level", "error", "--no-access-log"]
    with process(command, f"http://127.0.0.1:{port}", cwd=HERE, env=variables) as url:
        yield url


@contextlib.contextmanager
def nginx(url, proxy):
    """nginx in front of a service."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="twin-nginx-") as folder:
        config = pathlib.Path(folder, "nginx.conf")
        config.write_text(NGINX.format(folder=folder, port=port, url=url, **PROXIES[proxy]))
        with process(["nginx", "-p", folder, "-e", f"{folder}/error.log", "-c", config], f"http://127.0.0.1:{port}") as front:
            yield front


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


@contextlib.contextmanager
def service(python, kind):
    """The service of this kind: a way of streaming, or a proxy in front of the healthy one."""
    with contextlib.ExitStack() as stack:
        if kind in PROXIES:
            yield stack.enter_context(nginx(stack.enter_context(fastapi(python, "healthy")), kind))
        elif kind == "database":
            yield stack.enter_context(fastapi(python, kind, stack.enter_context(postgres())))
        else:
            yield stack.enter_context(fastapi(python, kind))

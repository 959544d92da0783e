"""nginx and HAProxy from Debian, in front of a service for as long as a `with` lasts."""

import contextlib
import pathlib
import tempfile

from process import free_port, process

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
    location /chat/ {{ proxy_pass {chat_url}; {chat} }}
  }}
}}
"""
RATE = "limit_req_zone $server_addr zone=chat:1m rate=20r/s;"
# What people put in front of a service.
NGINX_LIMITS = {
    # As it comes: proxy_buffering on, which passes on at once what comes slowly.
    "nginx": {"zone": "", "chat": ""},
    "limit": {
        "zone": f"{RATE} limit_req_status 429;",
        "chat": "proxy_buffering off; limit_req zone=chat burst=5 nodelay;",
    },
    "limit-503": {"zone": RATE, "chat": "proxy_buffering off; limit_req zone=chat burst=5 nodelay;"},
    "limit-delay": {"zone": RATE, "chat": "proxy_buffering off; limit_req zone=chat burst=1000;"},
    "limit-conn": {
        "zone": "limit_conn_zone $server_addr zone=chat:1m;",
        "chat": "proxy_buffering off; limit_conn chat 8;",
    },
}
HAPROXY = """
defaults
  mode http
  timeout connect 5s
  timeout client 120s
  timeout server 120s
  timeout queue 60s
frontend chat
  bind 127.0.0.1:{port}
  default_backend service
backend service
  server only {address} maxconn 10
"""


@contextlib.contextmanager
def nginx(url, limit):
    with nginx_with(url, chat_url=url, **NGINX_LIMITS[limit]) as front:
        yield front


@contextlib.contextmanager
def round_robin(url, other):
    """Chats go to both, everything else to the first."""
    servers = " ".join(f"server {one.removeprefix('http://')};" for one in (url, other))
    with nginx_with(url, chat_url="http://both", zone=f"upstream both {{ {servers} }}", chat="proxy_buffering off;") as front:
        yield front


@contextlib.contextmanager
def nginx_with(url, **settings):
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="twin-nginx-") as folder:
        config = pathlib.Path(folder, "nginx.conf")
        config.write_text(NGINX.format(folder=folder, port=port, url=url, **settings))
        with process(["nginx", "-p", folder, "-e", f"{folder}/error.log", "-c", config], f"http://127.0.0.1:{port}") as front:
            yield front


@contextlib.contextmanager
def haproxy(url):
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="twin-haproxy-") as folder:
        config = pathlib.Path(folder, "haproxy.cfg")
        config.write_text(HAPROXY.format(port=port, address=url.removeprefix("http://")))
        with process(["haproxy", "-q", "-db", "-f", config], f"http://127.0.0.1:{port}") as front:
            yield front

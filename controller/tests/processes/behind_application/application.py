"""A chat application in front of a model: it adds some time to each question, and holds one of ten threads for each answer.

    application.py HOST:PORT of the model, whether it passes `traceparent` on (1 or 0), what it adds in milliseconds

Questions go to the model's chat completions, whose events it hands on; every other call it forwards. It prints the port that
it listens on, and counts at /_app/asked.
"""

import asyncio
import http.client
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

MODEL, PASSES = sys.argv[1], sys.argv[2] == "1"
ADDS = float(sys.argv[3]) / 1000

app = FastAPI()
threads = ThreadPoolExecutor(10)
others = ThreadPoolExecutor(40)
local = threading.local()
asked = 0


def call(method, path, body, trace):
    """One request over the thread's own connection, opened again where the model has closed it."""
    headers = {"content-type": "application/json"} | ({"traceparent": trace} if trace else {})
    for attempt in range(2):
        if not getattr(local, "model", None):
            local.model = http.client.HTTPConnection(MODEL)
            local.model.connect()
            local.model.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            local.model.request(method, path, body, headers)
            return local.model.getresponse()
        except (http.client.HTTPException, OSError):
            local.model.close()
            local.model = None
            if attempt:
                raise


def answer(body, trace, hand_on):
    time.sleep(ADDS)
    try:
        stream = call("POST", "/v1/chat/completions", body, trace)
        while piece := stream.read1(65536):
            hand_on(piece)
    finally:
        hand_on(None)


@app.post("/v1/chat/completions")
async def chat(request: Request):
    global asked
    asked += 1
    loop, pieces = asyncio.get_running_loop(), asyncio.Queue()

    def hand_on(piece):
        loop.call_soon_threadsafe(pieces.put_nowait, piece)

    trace = request.headers.get("traceparent") if PASSES else None
    threads.submit(answer, await request.body(), trace, hand_on)

    async def events():
        while piece := await pieces.get():
            yield piece

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/_app/asked")
async def count():
    return asked


@app.api_route("/{path:path}", methods=["GET", "POST", "PATCH", "DELETE"])
async def other(path: str, request: Request):
    body = await request.body()

    def forward():
        reply = call(request.method, f"/{path}", body or None, None)
        return reply.status, reply.read()

    status, text = await asyncio.get_running_loop().run_in_executor(others, forward)
    return Response(text, status, media_type="application/json")


listener = socket.create_server(("127.0.0.1", 0))
print(f"application: listening on {listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])

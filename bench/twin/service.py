"""A chat service as people write them: FastAPI on uvicorn, one process.

Its limits are not virtual, as those of the sandbox backend are, but the ones that its libraries have. TWIN
names the way in which it streams:

    healthy     an async generator
    pool        a ThreadPoolExecutor of ten runs the model's blocking client, a queue takes the tokens out
    chunk       a synchronous generator: Starlette asks for each chunk on one of AnyIO's threads (here 16)
    loop        an async generator that works for each token, on the event loop
    whole       nothing is streamed: the answer is collected first, as a gateway or a middleware does
    database    a PostgreSQL connection of its own for each stream, held to its end (TWIN_DATABASE names it)

GET /_counts tells how often each endpoint was called.
"""

import asyncio
import collections
import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

FIRST_TOKEN_S, TOKEN_S, TOKENS = 0.060, 0.020, 20
WORK_S = 0.002
CHUNK_THREADS = 16

counts = collections.Counter()
threads = {}
model = ThreadPoolExecutor(10)


@asynccontextmanager
async def limits(_):
    anyio.to_thread.current_default_thread_limiter().total_tokens = CHUNK_THREADS
    yield


app = FastAPI(lifespan=limits)


def event(**fields):
    return f"data: {json.dumps(fields)}\n\n"


def answer():
    """(seconds to wait before it, event) for each event of an answer."""
    tokens = max(2, round(random.lognormvariate(0, 0.3) * TOKENS))
    yield FIRST_TOKEN_S * random.lognormvariate(0, 0.3), event(type="token", content="word ")
    for _ in range(tokens - 1):
        yield TOKEN_S, event(type="token", content="word ")
    yield 0, event(type="done", usage={"completion_tokens": tokens})


async def healthy():
    for wait, text in answer():
        await asyncio.sleep(wait)
        yield text


async def pool():
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()

    def client():
        for wait, text in answer():
            time.sleep(wait)
            loop.call_soon_threadsafe(queue.put_nowait, text)
        loop.call_soon_threadsafe(queue.put_nowait, None)

    work = loop.run_in_executor(model, client)
    while (text := await queue.get()) is not None:
        yield text
    await work


def chunk():
    for wait, text in answer():
        time.sleep(wait)
        yield text


async def loop():
    async for text in healthy():
        busy = time.thread_time() + WORK_S
        while time.thread_time() < busy:
            pass
        yield text


async def database():
    import psycopg

    return await psycopg.AsyncConnection.connect(os.environ["TWIN_DATABASE"])


async def held(connection):
    async with connection:
        async for text in healthy():
            yield text


@app.post("/chat/stream")
async def chat(_: Request):
    counts["POST /chat/stream"] += 1
    how = os.environ.get("TWIN", "healthy")
    if how == "whole":
        return Response("".join([text async for text in healthy()]), media_type="text/event-stream")
    if how == "database":
        try:
            events = held(await database())
        except Exception as error:
            return JSONResponse({"detail": str(error)}, status_code=500)
    else:
        events = {"healthy": healthy, "pool": pool, "chunk": chunk, "loop": loop}[how]()
    return StreamingResponse(events, media_type="text/event-stream")


def count(call: str, request: Request):
    # The controller's own looks at the service are no load.
    counts[call] += "x-loadtest-probe" not in request.headers


@app.get("/threads")
async def list_threads(request: Request):
    count("GET /threads", request)
    return list(threads.values())[-20:]


@app.post("/threads", status_code=201)
async def create_thread(request: Request):
    count("POST /threads", request)
    thread = await request.json()
    threads[thread["id"]] = thread
    return thread


@app.delete("/threads/{thread}", status_code=204)
async def delete_thread(thread: str, request: Request):
    count("DELETE /threads/[id]", request)
    threads.pop(thread, None)
    return Response(status_code=204)


@app.get("/_counts")
async def told():
    return counts

"""A chat service as people write them: FastAPI on uvicorn, one process.

Its limits are not virtual, as those of the sandbox backend are, but the ones that its libraries have. TWIN
names the way in which it streams:

    healthy     an async generator
    pool        a ThreadPoolExecutor of ten runs the model's blocking client, a queue takes the tokens out
    chunk       a synchronous generator: Starlette asks for each chunk on one of AnyIO's threads (here 16)
    loop        an async generator that works for each token, on the event loop
    pauses      an async generator, and a call that blocks the event loop for 0.4 s every one to three seconds
    thrash      an async generator; beyond 16 streams at once one chunk in 25 waits for half a second
    locked      SQLite: each stream begins with a transaction that writes for 40 ms, and waits for at most 100
    whole       nothing is streamed: the answer is collected first, as a gateway or a middleware does
    database    a PostgreSQL connection of its own for each stream, held to its end (TWIN_DATABASE names it)
    session     SQLAlchemy's session as a dependency of every call, its pool as it comes (5 and 10 more): a
                stream gives its connection back when it has ended

GET /_counts tells how often each endpoint did what it was asked, GET /_tokens how many tokens the model has given.
"""

import asyncio
import collections
import json
import os
import random
import sqlite3
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

FIRST_TOKEN_S, TOKEN_S, TOKENS = 0.060, 0.020, 20
WORK_S = 0.002
CHUNK_THREADS = 16
HOW = os.environ.get("TWIN", "healthy")

counts = collections.Counter()
tokens = collections.Counter()
threads, messages = {}, collections.defaultdict(list)
model = ThreadPoolExecutor(int(os.environ.get("TWIN_THREADS", "10")))
PAUSE_EVERY_S, PAUSE_S = (0.6, 2.6), 0.4
FIT, STALLED, STALL_S = 16, 0.04, 0.5
LOCK_S, PATIENCE_S = 0.040, 0.100


@asynccontextmanager
async def limits(_):
    anyio.to_thread.current_default_thread_limiter().total_tokens = CHUNK_THREADS
    pausing = asyncio.create_task(pause_now_and_then()) if HOW == "pauses" else None
    yield
    if pausing:
        pausing.cancel()


async def pause_now_and_then():
    while True:
        await asyncio.sleep(random.uniform(*PAUSE_EVERY_S))
        time.sleep(PAUSE_S)


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


async def thrash():
    counts["running"] += 1
    try:
        async for text in healthy():
            if counts["running"] > FIT and random.random() < STALLED:
                await asyncio.sleep(STALL_S)
            yield text
    finally:
        counts["running"] -= 1


def write():
    """A transaction that holds SQLite's one lock for writing."""
    with sqlite3.connect(database_file, timeout=PATIENCE_S, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE IF NOT EXISTS questions (at REAL)")
        connection.execute("INSERT INTO questions VALUES (?)", (time.time(),))
        time.sleep(LOCK_S)
        connection.execute("COMMIT")


database_file = f"{tempfile.mkdtemp(prefix='twin-sqlite-')}/db" if HOW == "locked" else None


async def database():
    import psycopg

    return await psycopg.AsyncConnection.connect(os.environ["TWIN_DATABASE"])


async def held(connection):
    async with connection:
        async for text in healthy():
            yield text


def sessions():
    import psycopg
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    async def connect():
        return await psycopg.AsyncConnection.connect(os.environ["TWIN_DATABASE"])

    return async_sessionmaker(create_async_engine("postgresql+psycopg://", async_creator=connect))


writers = ThreadPoolExecutor(64)
new_session = sessions() if HOW == "session" else None


async def session():
    """What a call does first: looks something up, as the user's row. FastAPI closes it after the answer."""
    if new_session is None:
        yield None
    else:
        from sqlalchemy import text

        async with new_session() as held_to_the_end:
            yield await held_to_the_end.execute(text("SELECT 1"))


@app.post("/chat/stream", dependencies=[Depends(session)])
async def chat(_: Request):
    try:
        events = held(await database()) if HOW == "database" else None
        if HOW == "locked":
            await asyncio.get_running_loop().run_in_executor(writers, write)
    except Exception as error:
        return JSONResponse({"detail": str(error)}, status_code=500)
    counts["POST /chat/stream"] += 1
    if HOW == "whole":
        return Response("".join([text async for text in healthy()]), media_type="text/event-stream")
    ways = {"pool": pool, "chunk": chunk, "loop": loop, "thrash": thrash}
    return StreamingResponse(events or ways.get(HOW, healthy)(), media_type="text/event-stream")


def count(call: str, request: Request):
    # The controller's own looks at the service are no load.
    counts[call] += "x-loadtest-probe" not in request.headers


@app.get("/threads", dependencies=[Depends(session)])
async def list_threads(request: Request):
    count("GET /threads", request)
    return list(threads.values())[-20:]


@app.post("/threads", status_code=201, dependencies=[Depends(session)])
async def create_thread(request: Request):
    count("POST /threads", request)
    thread = await request.json()
    threads[thread["id"]] = thread
    return thread


@app.patch("/threads/{thread}", dependencies=[Depends(session)])
async def rename_thread(thread: str, request: Request):
    count("PATCH /threads/[id]", request)
    threads[thread] |= await request.json()
    return threads[thread]


@app.delete("/threads/{thread}", status_code=204, dependencies=[Depends(session)])
async def delete_thread(thread: str, request: Request):
    count("DELETE /threads/[id]", request)
    threads.pop(thread, None)
    messages.pop(thread, None)
    return Response(status_code=204)


@app.get("/threads/{thread}/messages", dependencies=[Depends(session)])
async def list_messages(thread: str, request: Request):
    count("GET /threads/[id]/messages", request)
    return messages[thread][-100:]


@app.post("/threads/{thread}/messages", status_code=201, dependencies=[Depends(session)])
async def post_message(thread: str, request: Request):
    count("POST /threads/[id]/messages", request)
    messages[thread].append(await request.json())
    return messages[thread][-1]


@app.get("/v1/models")
async def models():
    return {"object": "list", "data": [{"id": "model", "object": "model", "created": 1, "owned_by": "twin"}]}


@app.post("/v1/chat/completions")
async def completions(request: Request):
    """The model behind a gateway: the same answer as OpenAI streams it."""
    asked = await request.json()
    counts["POST /v1/chat/completions"] += 1
    return StreamingResponse(as_openai(asked["model"]), media_type="text/event-stream")


async def as_openai(model_name):
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model_name}
    async for text in healthy():
        fields = json.loads(text.removeprefix("data: "))
        done, delta = fields["type"] == "done", {"role": "assistant", "content": fields.get("content", "")}
        choice = {"index": 0, "delta": {} if done else delta, "finish_reason": "stop" if done else None}
        yield event(**chunk, choices=[choice])
        if done:
            tokens["completion"] += fields["usage"]["completion_tokens"]
            usage = {"prompt_tokens": 1, "total_tokens": 1 + fields["usage"]["completion_tokens"], **fields["usage"]}
            yield event(**chunk, choices=[], usage=usage)
    yield "data: [DONE]\n\n"


@app.get("/_tokens")
async def read_tokens():
    """Tokens of complete answers of the model."""
    return tokens


@app.get("/_counts")
async def counts_of_calls():
    return {call: count for call, count in counts.items() if call != "running"}

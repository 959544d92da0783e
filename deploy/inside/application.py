"""A chat application with a limit that nobody meant: a pool of ten database connections, of which each answer holds one.

It stores the question, asks the model at OPENAI_BASE_URL, hands its tokens on as they come, and stores the answer: all in
one transaction.
"""

import json
import os

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from psycopg_pool import AsyncConnectionPool

POOL = int(os.environ.get("POOL", "10"))
MODEL = os.environ["OPENAI_BASE_URL"]

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=POOL, max_size=POOL, timeout=300, open=False)
model = httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=None))


app = FastAPI()


@app.on_event("startup")
async def open_pool():
    await pool.open(wait=True, timeout=60)
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS messages (role text, content text)")


@app.get("/health")
async def health():
    return {"pool": POOL}


async def answered(question, trace):
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO messages VALUES ('user', %s)", (question["messages"][-1]["content"],))
        text = []
        headers = {"traceparent": trace} if trace else {}
        async with model.stream("POST", f"{MODEL}/chat/completions", json=question, headers=headers) as answer:
            async for line in answer.aiter_lines():
                text.append(line)
                yield line
        await connection.execute("INSERT INTO messages VALUES ('assistant', %s)", ("".join(text),))


@app.post("/v1/chat/completions")
async def chat(request: Request):
    question = json.loads(await request.body())
    return StreamingResponse(answered(question, request.headers.get("traceparent")), media_type="text/event-stream")


@app.get("/v1/models")
async def models():
    return (await model.get(f"{MODEL}/models")).json()

"""A LangGraph of one node that asks a model, which streams as service.py does. Each answer leaves a byte in the file
that TWIN_ANSWERS names."""

import asyncio
import os
import random

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from langgraph.graph import END, START, MessagesState, StateGraph

FIRST_TOKEN_S, TOKEN_S, TOKENS = 0.060, 0.020, 30


class Model(BaseChatModel):
    @property
    def _llm_type(self):
        return "twin"

    def _generate(self, *_, **__):
        raise NotImplementedError("this model streams")

    async def _astream(self, *_, **__):
        tokens = max(2, round(random.lognormvariate(0, 0.3) * TOKENS))
        await asyncio.sleep(FIRST_TOKEN_S * random.lognormvariate(0, 0.3))
        for _ in range(tokens):
            yield ChatGenerationChunk(message=AIMessageChunk(content="word "))
            await asyncio.sleep(TOKEN_S)


model, answers = Model(), os.open(os.environ["TWIN_ANSWERS"], os.O_WRONLY | os.O_APPEND)


async def answer(state):
    said = await model.ainvoke(state["messages"])
    # The server forbids calls that block its loop.
    await asyncio.to_thread(os.write, answers, b".")
    return {"messages": [said]}


graph = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").add_edge("answer", END).compile()

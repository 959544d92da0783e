"""A LangGraph of two nodes, each of which asks a model for thirty tokens in a second and a half. Each token leaves a `t`
in the file that TWIN_ANSWERS names, each answer of the graph an `a`."""

import asyncio
import os

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from langgraph.graph import END, START, MessagesState, StateGraph

TOKENS, TOKEN_S = 30, 0.050
written = os.open(os.environ["TWIN_ANSWERS"], os.O_WRONLY | os.O_APPEND)


async def write_down(what):
    # The server forbids calls that block its loop.
    await asyncio.to_thread(os.write, written, what)


class Model(BaseChatModel):
    @property
    def _llm_type(self):
        return "two-nodes"

    def _generate(self, *_, **__):
        raise NotImplementedError("this model streams")

    async def _astream(self, *_, **__):
        for left in reversed(range(TOKENS)):
            await asyncio.sleep(TOKEN_S)
            usage = None if left else UsageMetadata(input_tokens=7, output_tokens=TOKENS, total_tokens=7 + TOKENS)
            yield ChatGenerationChunk(message=AIMessageChunk(content="word ", usage_metadata=usage))
        await write_down(b"t" * TOKENS)


model = Model()


async def draft(state):
    return {"messages": [await model.ainvoke(state["messages"])]}


async def answer(state):
    said = await model.ainvoke(state["messages"])
    await write_down(b"a")
    return {"messages": [said]}


nodes = StateGraph(MessagesState).add_node(draft).add_node(answer)
graph = nodes.add_edge(START, "draft").add_edge("draft", "answer").add_edge("answer", END).compile()

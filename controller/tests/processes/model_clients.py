"""Asks `backend --model` by the official clients, streamed and whole; fails where they read anything else than it says.

    python model_clients.py BASE_URL
"""

import json
import sys

import anthropic
import openai

BASE = sys.argv[1]
OPENAI = openai.OpenAI(base_url=f"{BASE}/v1", api_key="none", max_retries=0)
ANTHROPIC = anthropic.Anthropic(base_url=BASE, api_key="none", max_retries=0)
ASKED = [{"role": "user", "content": "What is new today?"}]
MODEL = "sandbox?tokens=5"
TEXT = "w0 w1 w2 w3 w4 "
THOUGHT = "r0 r1 r2 "
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ARGUMENTS = {"city": "w0 w1"}


def same(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def completions():
    def ask(model, **more):
        return OPENAI.chat.completions.create(model=model, messages=ASKED, **more)

    whole = ask(MODEL + "&reasoning=3")
    same((whole.choices[0].message.content, whole.choices[0].message.reasoning_content), (TEXT, THOUGHT))
    same((whole.usage.prompt_tokens, whole.usage.completion_tokens, whole.choices[0].finish_reason), (4, 8, "stop"))
    same(whole.usage.completion_tokens_details.reasoning_tokens, 3)

    chunks = list(ask(MODEL + "&reasoning=3", stream=True, stream_options={"include_usage": True}))
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    same("".join(delta.content or "" for delta in deltas), TEXT)
    same("".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas), THOUGHT)
    same((chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens), (4, 8))

    tools = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
    called = ask("sandbox?tools=1", tools=tools)
    call = called.choices[0].message.tool_calls[0]
    same((call.function.name, json.loads(call.function.arguments)), ("weather", ARGUMENTS))
    with OPENAI.chat.completions.stream(model="sandbox?tools=2", messages=ASKED, tools=tools) as stream:
        message = stream.get_final_completion().choices[0].message
    same([json.loads(call.function.arguments) for call in message.tool_calls], [ARGUMENTS, ARGUMENTS])
    after = [*ASKED, message.model_dump(exclude={"parsed"}), {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "rain"}]
    after = OPENAI.chat.completions.create(model=MODEL + "&tools=1", messages=after, tools=tools)
    same(after.choices[0].message.content, TEXT)

    try:
        list(ask("sandbox?fault=error_event", stream=True))
        raise AssertionError("no error in the stream")
    except openai.APIError as error:
        same(error.message, "the model failed on purpose")
    for fault, kind in [("http_429", openai.RateLimitError), ("http_500", openai.InternalServerError)]:
        try:
            ask(f"sandbox?fault={fault}")
            raise AssertionError("no error")
        except kind as error:
            same(error.request_id.startswith("req_"), True)
    try:
        ask("sandbox?speed=9")
        raise AssertionError("no error")
    except openai.BadRequestError as error:
        assert "token-gap" in error.message and error.param == "model", error


def responses():
    def ask(model, **more):
        return OPENAI.responses.create(model=model, input="What is new today?", **more)

    whole = ask(MODEL + "&reasoning=3")
    same((whole.output_text, whole.output[0].summary[0].text, whole.status), (TEXT, THOUGHT, "completed"))
    same((whole.usage.input_tokens, whole.usage.output_tokens, whole.usage.total_tokens), (4, 8, 12))
    short = ask(MODEL, max_output_tokens=2)
    same((short.output_text, short.incomplete_details.reason), ("w0 w1 ", "max_output_tokens"))

    with OPENAI.responses.stream(model=MODEL + "&reasoning=3", input="What is new today?") as stream:
        events = list(stream)
        final = stream.get_final_response()
    same("".join(event.delta for event in events if event.type == "response.output_text.delta"), TEXT)
    same((final.output_text, final.usage.output_tokens_details.reasoning_tokens), (TEXT, 3))
    same([event.sequence_number for event in events if hasattr(event, "sequence_number")], list(range(len(events))))

    tools = [{"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}]
    with OPENAI.responses.stream(model="sandbox?tools=1", input="?", tools=tools) as stream:
        call = stream.get_final_response().output[0]
    same((call.type, call.name, json.loads(call.arguments)), ("function_call", "weather", ARGUMENTS))
    failed = list(ask("sandbox?fault=error_event", stream=True))[-1]
    same((failed.type, failed.response.error.message), ("response.failed", "the model failed on purpose"))


def messages():
    def ask(model, **more):
        return ANTHROPIC.messages.create(model=model, messages=ASKED, **{"max_tokens": 100, **more})

    whole = ask(MODEL + "&reasoning=3")
    same([block.type for block in whole.content], ["thinking", "text"])
    same((whole.content[0].thinking, whole.content[1].text, whole.stop_reason), (THOUGHT, TEXT, "end_turn"))
    same((whole.usage.input_tokens, whole.usage.output_tokens), (4, 8))
    same(whole._request_id.startswith("req_"), True)
    same(ask(MODEL, max_tokens=2).stop_reason, "max_tokens")

    tools = [{"name": "weather", "input_schema": SCHEMA}]
    for model, more, kinds in [(MODEL + "&reasoning=3", {}, ["thinking", "text"]), ("sandbox?tools=1", {"tools": tools}, ["tool_use"])]:
        with ANTHROPIC.messages.stream(model=model, max_tokens=100, messages=ASKED, **more) as stream:
            text = "".join(stream.text_stream)
            final = stream.get_final_message()
        same([block.type for block in final.content], kinds)
        same(text, TEXT if "text" in kinds else "")
    same((final.content[0].name, final.content[0].input, final.stop_reason), ("weather", ARGUMENTS, "tool_use"))

    try:
        list(ask("sandbox?fault=error_event", stream=True))
        raise AssertionError("no error in the stream")
    except anthropic.APIStatusError as error:
        assert "on purpose" in str(error), error
    try:
        ask("sandbox?fault=http_429")
        raise AssertionError("no error")
    except anthropic.RateLimitError as error:
        same(error.response.headers["retry-after"], "1")


def others():
    same([model.id for model in OPENAI.models.list()], ["sandbox"])
    same([model.id for model in ANTHROPIC.models.list()], ["sandbox"])
    embedded = OPENAI.embeddings.create(model="e", input=["one two", "three"])
    same(([len(one.embedding) for one in embedded.data], embedded.usage.prompt_tokens), ([1536, 1536], 3))
    same(OPENAI.embeddings.create(model="e", input="one two").data[0].embedding, embedded.data[0].embedding)


for part in (completions, responses, messages, others):
    part()
    print(f"{part.__name__}: as it should be")

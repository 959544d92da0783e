"""Users that ask a model and read its stream by lines, until QUESTIONS are asked; what they saw goes to ANSWERS."""

import json
import os
import time

import gevent
from locust import FastHttpUser, constant, events, task
from locust.exception import StopUser

wanted = left = int(os.environ["QUESTIONS"])
answers = []
ASK = "/v1/chat/completions"


class Asker(FastHttpUser):
    wait_time = constant(0)

    @task
    def ask(self):
        global left
        if left <= 0:
            raise StopUser
        left -= 1
        body = {"model": "stamped", "stream": True, "messages": [{"role": "user", "content": f"q{left % 1000} q1 q2 q3"}]}
        wall, start, times, failed = time.time(), time.perf_counter(), [], None
        try:
            for line in lines(self.client, json=body, name="ask"):
                if content(line):
                    times.append(time.perf_counter())
        except Exception as error:
            failed = repr(error)
        whole = (time.perf_counter() - start) * 1000
        gaps = [(after - before) * 1000 for before, after in zip(times, times[1:])]
        first = (times[0] - start) * 1000 if times else None
        answers.append({"start": wall, "first": first, "whole": whole, "gaps": gaps, "failed": failed})
        said = {"request_type": "SSE", "response_length": 0, "exception": None, "context": {}}
        if times:
            events.request.fire(name="TTFT", response_time=first, **said)
            events.request.fire(name="whole", response_time=whole, **said)
        for gap in gaps:
            events.request.fire(name="gap", response_time=gap, **said)


def lines(client, **question):
    """As they come. Locust's own `iter_lines` waits until 1,024 bytes are there; LINES=locust takes it."""
    if os.environ.get("LINES") == "locust":
        yield from client.iter_lines(ASK, "POST", **question)
        return
    with client.post(ASK, stream=True, **question) as response:
        response.raise_for_status()
        while line := response.stream.readline(b"\n"):
            yield line.decode()


def content(line):
    if not line.startswith("data: {"):
        return None
    choices = json.loads(line[6:]).get("choices")
    return choices and choices[0]["delta"].get("content")


def end(runner):
    while len(answers) < wanted:
        gevent.sleep(0.1)
    runner.quit()


@events.init.add_listener
def watch(environment, **_):
    gevent.spawn(end, environment.runner)


@events.quitting.add_listener
def write(**_):
    with open(os.environ["ANSWERS"], "w") as out:
        out.writelines(json.dumps(answer) + "\n" for answer in answers)

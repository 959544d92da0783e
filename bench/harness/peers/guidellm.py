"""guidellm: httpx; every request in its JSON, with its first and last token alone."""

import json

from .answer import Answer
from .tool import Tool, questions_file


class GuideLLM(Tool):
    name, package, version = "guidellm", "guidellm", "0.8.1"
    mean_gaps = True
    variables = {"GUIDELLM__MAX_WORKER_PROCESSES": "1"}
    words = {
        "first": "from when the request's head is written to the first token, thoughts too",
        "gap": "its ITL, the mean gap of each request; a single gap is not kept",
        "whole": "when the stream is over",
    }

    def command(self, place, url, streams, questions):
        file = questions_file(place, questions, "prompt")
        return [
            self.program, "run", "--backend", f"kind=openai_http,target={url},model=stamped",
            "--profile", f"kind=concurrent,streams={streams}", "--constraint", f"kind=max_requests,count={questions}",
            "--tokenizer", f"kind=hf_auto,model={self.tokenizer}", "--data", f"kind=json_file,path={file}",
            "--output", f"kind=json,path={place / 'guidellm.json'}", "--metrics", "kind=generative,sample_size=0",
            "--disable-progress",
        ]

    def answers(self, place):
        measured = json.loads((place / "guidellm.json").read_text())["benchmarks"][0]["requests"]
        for state in ("successful", "errored"):
            for row in measured[state]:
                timings = row["info"]["timings"]
                failed = str(row["info"].get("error") or state) if state == "errored" else None
                gap, whole = row.get("inter_token_latency_ms"), row.get("request_latency")
                gaps = [] if gap is None else [gap]
                start = timings["request_start"]
                yield Answer(start, row.get("time_to_first_token_ms"), whole and whole * 1000, gaps, failed)

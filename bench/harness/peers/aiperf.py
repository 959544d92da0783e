"""AIPerf: several processes, aiohttp; a line for each request in profile_export.jsonl."""

import json

from .answer import Answer
from .tool import Tool, questions_file


class AIPerf(Tool):
    name, package, version = "AIPerf", "aiperf", "0.13.0"
    # With HF_HUB_OFFLINE it takes a tokenizer's folder for a name of the hub's; without it, it reads it from the disk.
    offline = {}
    words = {
        "first": "from the start of the request to the first content, thoughts too",
        "gap": "its ICL, every gap between contents; its ITL is one value a request",
        "whole": "to the last content",
    }

    def command(self, place, url, streams, questions):
        file = questions_file(place, questions, "text")
        return [
            self.program, "profile", "--model", "stamped", "--url", url, "--endpoint-type", "chat", "--streaming",
            "--concurrency", streams, "--request-count", questions, "--input-file", file,
            "--custom-dataset-type", "single_turn", "--tokenizer", self.tokenizer, "--workers-max", 1,
            "--record-processors", 1, "--ui", "none", "--no-gpu-telemetry", "--no-server-metrics",
            "--output-artifact-dir", place / "aiperf", "--export-level", "records",
        ]

    def answers(self, place):
        for line in (place / "aiperf/profile_export.jsonl").read_text().splitlines():
            row = json.loads(line)
            value = {name: metric["value"] for name, metric in row["metrics"].items()}
            start = row["metadata"]["request_start_ns"] / 1e9
            gaps = value.get("inter_chunk_latency") or []
            failed = json.dumps(row["error"]) if row.get("error") else None
            yield Answer(start, value.get("time_to_first_token"), value.get("request_latency"), gaps, failed)

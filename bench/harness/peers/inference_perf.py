"""inference-perf: aiohttp; per_request_lifecycle_metrics.json has the moment of each token."""

import json

from .answer import Answer
from .tool import Tool


class InferencePerf(Tool):
    name, package, version = "inference-perf", "inference-perf", "0.7.0"
    python = (3, 12)
    words = {
        "first": "from before sending to the first text, thoughts left out",
        "gap": "every gap between texts",
        "whole": "to the end of the answer",
    }

    def command(self, place, url, streams, questions):
        config = {
            "api": {"type": "chat", "streaming": True},
            "data": {"type": "mock"},
            "load": {
                "type": "concurrent", "num_workers": 1, "interval": 0,
                "stages": [{"num_requests": questions, "concurrency_level": streams}],
            },
            "server": {"type": "vllm", "model_name": "stamped", "base_url": url, "ignore_eos": False},
            "tokenizer": {"pretrained_model_name_or_path": str(self.tokenizer)},
            "storage": {"local_storage": {"path": str(place / "reports")}},
            "report": {
                "request_lifecycle": {
                    "summary": True, "per_stage": False, "per_request": True,
                    "per_request_fields": {"request": False, "response": False, "response_chunks": False},
                },
                "prometheus": {"summary": False, "per_stage": False},
            },
        }
        # JSON is YAML.
        file = place / "inference-perf.yml"
        file.write_text(json.dumps(config, indent=1))
        return [self.program, "--config_file", file]

    def answers(self, place):
        for row in json.loads((place / "reports/per_request_lifecycle_metrics.json").read_text()):
            metrics = (row.get("info") or {}).get("response_metrics") or {}
            times = metrics.get("output_token_times") or []
            gaps = [(after - before) * 1000 for before, after in zip(times, times[1:])]
            first = (times[0] - row["start_time"]) * 1000 if times else None
            failed = json.dumps(row["error"]) if row.get("error") else None
            yield Answer(row["start_time"], first, (row["end_time"] - row["start_time"]) * 1000, gaps, failed)

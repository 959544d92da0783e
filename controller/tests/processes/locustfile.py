"""Users for the run of Locust whose CSV files `controller report` reads in the tests."""

import uuid

from locust import HttpUser, between, task


class ChatUser(HttpUser):
    wait_time = between(0.05, 0.15)

    def on_start(self):
        self.thread = f"lt-{uuid.uuid4().hex}"
        self.client.post("/threads", json={"id": self.thread, "title": "locust"})

    @task(4)
    def list_threads(self):
        self.client.get("/threads")

    @task(2)
    def post_message(self):
        message = {"id": f"lt-{uuid.uuid4().hex}", "role": "user", "content": "hello"}
        self.client.post(f"/threads/{self.thread}/messages", json=message, name="/threads/[id]/messages")

    @task(1)
    def ask_for_what_is_not_there(self):
        self.client.get(f"/nope/{uuid.uuid4().hex}", name="/nope/[id]")

    @task(1)
    def break_down(self):
        raise RuntimeError("a task, with \"quotes\"\nand a second line")

"""A model that notes when each of its questions came and when each of its tokens left: stamped.py LOG [KIND EVERY].

It speaks OpenAI's chat completions, streamed, and prints its port. The first token comes 100 to 300 ms after the question,
the others 30 to 50 ms apart, drawn once for each stream by its number. When a question came is the kernel's note of it
(SO_TIMESTAMPNS), so that a busy server does not make the tool slower. Each EVERYth stream fails in its middle, by KIND:
`no_end` ends the body without the end of the answer, `error` sends an error event and ends it, `cut` breaks the connection.
When its input ends it writes LOG, a line of JSON for each stream. One thread; it is to be alone on its CPU.
"""

import gc
import heapq
import json
import random
import selectors
import socket
import struct
import sys
import time

TOKENS = 40
FIRST_MS, GAP_MS = (100, 300), (30, 50)
SO_TIMESTAMPNS = 35
HEAD = (b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
        b"transfer-encoding: chunked\r\n\r\n")
LAST = b"0\r\n\r\n"
BEFORE = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"stamped","choices":['
MODELS = b'{"object":"list","data":[{"id":"stamped","object":"model","created":1,"owned_by":"bench"}]}'
LISTING = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(MODELS), MODELS)


def chunk(text):
    event = f"data: {text}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(event), event)


def choice(delta, finish="null"):
    return chunk(f'{BEFORE}{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}')


ROLE = choice('{"role":"assistant","content":""}')
WORDS = [choice(f'{{"content":"w{number} "}}') for number in range(TOKENS)]
FINISH = choice("{}", '"stop"')
FAILED = chunk('{"error":{"message":"failed on purpose","type":"server_error","param":null,"code":null}}')


def usage(prompt):
    counts = f'"prompt_tokens":{prompt},"completion_tokens":{TOKENS},"total_tokens":{prompt + TOKENS}'
    return chunk(f'{BEFORE}],"usage":{{{counts}}}}}')


class Stream:
    """One answer: `sent` has the moment of each token, ns of the wall clock."""

    def __init__(self, number, received, body, fault):
        draw = random.Random(number)
        self.number, self.received, self.fault, self.sent, self.ended = number, received, fault, [], None
        self.gap = int(draw.uniform(*GAP_MS) * 1e6)
        self.due = received + int(draw.uniform(*FIRST_MS) * 1e6)
        counted = bool((body.get("stream_options") or {}).get("include_usage"))
        self.usage = usage(sum(len(str(message.get("content")).split()) for message in body["messages"])) if counted else b""

    def line(self):
        row = {"number": self.number, "received": self.received, "sent": self.sent, "ended": self.ended}
        return json.dumps(row | {"fault": self.fault})


class Peer:
    """A connection and what of a question has come."""

    def __init__(self, sock):
        self.sock, self.read, self.stream, self.unsent, self.writes = sock, b"", None, b"", False


class Model:
    def __init__(self, kind, every):
        self.kind, self.every, self.streams, self.due = kind, every, [], []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener.setblocking(False)
        self.wanted = selectors.EpollSelector()
        self.wanted.register(self.listener, selectors.EVENT_READ)
        self.wanted.register(sys.stdin.fileno(), selectors.EVENT_READ)

    def serve(self):
        while True:
            wait = max(self.due[0][0] - time.time_ns(), 0) / 1e9 if self.due else None
            for key, events in self.wanted.select(wait):
                if key.fileobj is self.listener:
                    self.accept()
                elif key.data is None:
                    return
                elif events & selectors.EVENT_WRITE:
                    self.send(key.data, b"")
                else:
                    self.receive(key.data)
                self.meet()
            self.meet()

    def accept(self):
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.wanted.register(sock, selectors.EVENT_READ, Peer(sock))

    def receive(self, peer):
        try:
            data, notes, _, _ = peer.sock.recvmsg(1 << 18, 64)
        except BlockingIOError:
            return
        except OSError:
            data, notes = b"", []
        if not data:
            self.close(peer)
            return
        came = next((sum(part * unit for part, unit in zip(struct.unpack("qq", note), (10**9, 1)))
                     for _, kind, note in notes if kind == SO_TIMESTAMPNS), time.time_ns())
        peer.read += data
        head, found, rest = peer.read.partition(b"\r\n\r\n")
        if not found:
            return
        method, path, *_ = head.split(b" ", 2)
        fields = dict(line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:])
        if b"expect" in fields and not rest:
            self.send(peer, b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(fields.get(b"content-length", 0))
        if len(rest) < length:
            return
        peer.read = rest[length:]
        if method == b"POST" and path.endswith(b"/chat/completions"):
            self.begin(peer, came, json.loads(rest[:length]))
        elif path.endswith((b"/models", b"/health")):
            self.send(peer, LISTING)
        else:
            self.send(peer, b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

    def begin(self, peer, came, body):
        number = len(self.streams) + 1
        fault = self.kind if self.every and number % self.every == 0 else None
        peer.stream = Stream(number, came, body, fault)
        self.streams.append(peer.stream)
        self.send(peer, HEAD + ROLE)
        heapq.heappush(self.due, (peer.stream.due, number, peer))

    def meet(self):
        """Sends what is due."""
        while self.due and self.due[0][0] <= time.time_ns():
            due, number, peer = heapq.heappop(self.due)
            stream = peer.stream
            if stream is None or stream.number != number:
                continue
            sent = len(stream.sent)
            if stream.fault and sent == TOKENS // 2:
                self.fail(peer, stream)
                continue
            stream.sent.append(time.time_ns())
            self.send(peer, WORDS[sent])
            if sent + 1 == TOKENS:
                self.end(peer, stream, FINISH + stream.usage + chunk("[DONE]") + LAST)
            else:
                heapq.heappush(self.due, (due + stream.gap, number, peer))

    def fail(self, peer, stream):
        if stream.fault == "cut":
            self.send(peer, WORDS[0][:-9])
            self.end(peer, stream, b"")
            self.close(peer)
        else:
            self.end(peer, stream, (FAILED if stream.fault == "error" else b"") + LAST)

    def end(self, peer, stream, rest):
        stream.ended, peer.stream = time.time_ns(), None
        self.send(peer, rest)

    def send(self, peer, data):
        """What the socket does not take goes when it can."""
        data = peer.unsent + data
        try:
            peer.unsent = data[peer.sock.send(data):]
        except BlockingIOError:
            peer.unsent = data
        except OSError:
            self.close(peer)
            return
        if bool(peer.unsent) != peer.writes:
            peer.writes = bool(peer.unsent)
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.writes else 0)
            self.wanted.modify(peer.sock, events, peer)

    def close(self, peer):
        peer.stream = None
        if peer.sock.fileno() >= 0:
            self.wanted.unregister(peer.sock)
            peer.sock.close()


def main():
    log, kind, every = (*sys.argv[1:], None, 0)[:3]
    model = Model(kind, int(every))
    print(model.listener.getsockname()[1], flush=True)
    # A collection would hold up every stream.
    gc.disable()
    model.serve()
    with open(log, "w") as out:
        out.writelines(stream.line() + "\n" for stream in model.streams)


if __name__ == "__main__":
    main()

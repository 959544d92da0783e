"""A server that answers at once, but stands still for a while: still.py AFTER STILL, seconds. Prints its port.

The clock starts with the first request that is not to /probe. One thread serves all connections, so that nobody is answered meanwhile. A
stream's answer is an event and its end.
"""

import selectors
import socket
import sys
import time

EVENTS = b'data: {"type":"token","content":"a"}\n\ndata: {"type":"done"}\n\n'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n%s" % (len(EVENTS), EVENTS)


def main():
    after, still = float(sys.argv[1]), float(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0), backlog=8192)
    listener.setblocking(False)
    print(listener.getsockname()[1], flush=True)
    wanted = selectors.DefaultSelector()
    wanted.register(listener, selectors.EVENT_READ, None)
    began, has_stood = None, False
    while True:
        for key, _ in wanted.select(0.01):
            if key.data is None:
                try:
                    peer, _ = listener.accept()
                except BlockingIOError:
                    continue
                peer.setblocking(True)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                wanted.register(peer, selectors.EVENT_READ, [b""])
                continue
            read = b""
            try:
                read = key.fileobj.recv(65536)
            except OSError:
                pass
            if not read:
                wanted.unregister(key.fileobj)
                key.fileobj.close()
                continue
            if b" /probe " not in read:
                began = began or time.monotonic()
            key.data[0] += read
            while request := whole(key.data[0]):
                key.data[0] = key.data[0][request:]
                key.fileobj.sendall(ANSWER)
        if began and not has_stood and time.monotonic() >= began + after:
            has_stood = True
            time.sleep(still)


def whole(text):
    """The length of the request that it begins with, if that is whole."""
    head, found, _ = text.partition(b"\r\n\r\n")
    if not found:
        return 0
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return len(head) + 4 + length if len(text) >= len(head) + 4 + length else 0


if __name__ == "__main__":
    main()

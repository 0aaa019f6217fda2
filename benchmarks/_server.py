"""The least HTTP server that keeps connections: asyncio's protocol without a framework, faster than any client that measures it.

`python _server.py LATENCY_S STALL_S EVERY_S` answers after LATENCY_S; in the first STALL_S of every EVERY_S nobody is answered.
It prints its port, and ends with its standard input.
"""

import asyncio
import sys
import time

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"id": "1"}'


class Answering(asyncio.Protocol):
    def __init__(self, wait_s):
        self.wait_s, self.read = wait_s, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.read += data
        while b"\r\n\r\n" in self.read:
            _, _, self.read = self.read.partition(b"\r\n\r\n")
            wait_s = self.wait_s()
            if wait_s:
                asyncio.get_running_loop().call_later(wait_s, self.transport.write, ANSWER)
            else:
                self.transport.write(ANSWER)


async def serve(latency_s: float, stall_s: float, every_s: float) -> None:
    began = time.monotonic()

    def wait_s() -> float:
        since_s = (time.monotonic() - began) % every_s if stall_s else 0.0
        return latency_s + max(0.0, stall_s - since_s) * (stall_s > 0)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(wait_s), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(*map(float, sys.argv[1:])))

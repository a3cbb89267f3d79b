"""A server on this machine that hangs up, knows no ranges or serves another file, as it is told."""

import http.server
import threading


class Server:
    """Serves its content. breaks_after: bytes after which it hangs up, in turn per request; ranges: whether it honours them."""

    def __init__(self, content: bytes) -> None:
        self.breaks_after: list[int] = []
        self.ranges = True
        self.content = content
        self.status = 200
        self.asked: list[str | None] = []
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                served.asked.append(wanted)
                if served.status != 200:
                    self.send_error(served.status)
                    return
                start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and served.ranges else 0
                body = served.content[start:]
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: served.breaks_after.pop(0)] if served.breaks_after else body)

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/model.onnx"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

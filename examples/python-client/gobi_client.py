#!/usr/bin/env python3
"""A client of gobi's daemon: docs/protocol.md in practice. Results are decoded when pyarrow is installed.
Usage: gobi_client.py SOCKET "SELECT 1 AS one"
"""
import pathlib, socket, struct, sys
from arrow_row import read_row, write_row

CONNECT, DISCONNECT, EXECUTE_SQL = 1, 2, 4
READY, ROWS, VALUE, DONE, STATEMENT, ERROR, NOTICE, GOODBYE = 64, 66, 67, 68, 69, 71, 72, 74
FIRST, LAST, END = 1, 2, 4
HEADER = struct.Struct("<4sBBHQQII")  # magic, version, code, flags, message id, session id, payload bytes, catalog epoch


class Client:
    def __init__(self, path, **connect):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file, self.session, self.message = self.socket.makefile("rb"), 0, 0
        connect["socket_key"] = pathlib.Path(path + ".key").read_text().strip()  # made anew at each launch
        [(code, _, payload)] = self.ask(CONNECT, write_row(protocol_version=1, **connect))
        if code != READY:
            raise ConnectionError(read_row(payload)["message"])

    def send(self, code, payload=b""):
        self.message += 1
        self.socket.sendall(HEADER.pack(b"GOBI", 1, code, 0, self.message, self.session, len(payload), 0) + payload)

    def ask(self, code, payload=b""):
        """Sends a request; yields (code, flags, payload) of each frame of its answer."""
        self.send(code, payload)
        while True:
            magic, version, code, flags, _, self.session, size, _ = HEADER.unpack(self.file.read(HEADER.size))
            if (magic, version) != (b"GOBI", 1):
                raise ConnectionError("not a daemon of gobi")
            yield code, flags, self.file.read(size)
            if flags & END or code in (READY, DONE, ERROR, GOODBYE):
                return


def main(path, text):
    try:
        import pyarrow
    except ImportError:
        pyarrow = None
    client, parts = Client(path, client_name="python"), []
    for code, flags, payload in client.ask(EXECUTE_SQL, write_row(text=text)):
        if code in (ROWS, VALUE):
            parts.append(payload)
            if code == ROWS and not flags & LAST:
                continue  # the payloads of one result, one after the other, are one Arrow IPC stream
            stream, parts = b"".join(parts), []
            print(pyarrow.ipc.open_stream(stream).read_all().to_pylist() if pyarrow else f"{len(stream)} bytes of Arrow")
        else:
            names = {DONE: "done", STATEMENT: "done", ERROR: "error", NOTICE: "notice", GOODBYE: "goodbye"}
            print(names.get(code, code), read_row(payload))
    client.send(DISCONNECT)


if __name__ == "__main__":
    main(*sys.argv[1:])

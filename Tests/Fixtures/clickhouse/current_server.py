"""chdb, a current ClickHouse in a library, behind as much of ClickHouse's HTTP interface as the tests use.

Usage: current_server.py FOLDER. Writes its port into FOLDER/port, and ends when its standard input does.
"""

import os
import re
import sys
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer
from chdb import session

folder = sys.argv[1]
chdb = session.Session(folder + "/chdb")
SETTINGS = {"max_query_size", "max_ast_elements", "max_expanded_ast_elements"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.answer(200, b"Ok.\n")

    def do_POST(self):
        parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self.answer(200, run(parameters, body))
        except Exception as error:
            self.answer(500, str(error).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def run(parameters, body):
    for name in SETTINGS & parameters.keys():
        chdb.query(f"SET {name} = {int(parameters[name])}")
    if "query" in parameters:
        insert = re.sub(r" FORMAT RowBinary$", "", parameters["query"])
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".bin") as file:
            file.write(body)
            file.flush()
            chdb.query(f"{insert} FROM INFILE '{file.name}' FORMAT RowBinary")
        return b""
    sql = body.decode()
    if sql.endswith("\nFORMAT RowBinary"):
        return chdb.query(sql.removesuffix("\nFORMAT RowBinary"), "RowBinary").bytes()
    chdb.query(sql)
    return b""


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
server = HTTPServer(("127.0.0.1", 0), Handler)
with open(folder + "/port.new", "w") as file:
    file.write(str(server.server_port))
os.rename(folder + "/port.new", folder + "/port")
server.serve_forever()

#!/usr/bin/env python3
"""Measures the ledger on a ClickHouse cluster, beside the embedded one on the same files: `make bench-cluster`.

    bench/cluster.py                                    1 and 10 million transactions on 3 shards
    bench/cluster.py --transactions 1000000 --shards 1 2 3

Each shard is a server of its own on this machine, so they share its cores: what several machines give is the processor time of the busiest shard. Bytes are
counted by relays between the parts. Needs the files of `make bench` for these sizes (bench-data/files-N). Exits with 1 when a figure differs.
"""

import argparse
import hashlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXECUTABLE = ROOT / ".build" / "release" / "customer-dynamics"
QUERIES = {
    "total": [], "monthly rows": ["--group-by", "month"], "daily rows": ["--group-by", "date"],
    "monthly rows by package": ["--group-by", "month,package"],
}
PERIOD = ["--from", "2023-01-01", "--to", "2025-12-31", "--timezone", "UTC"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Relay:
    """Passes bytes on between a port of its own and another one, and counts those that come back."""

    def __init__(self, target):
        self.target, self.returned = target, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self.copy, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, client, True), daemon=True).start()

    def copy(self, source, goal, counts):
        try:
            while data := source.recv(1 << 16):
                if counts:
                    self.returned += len(data)
                goal.sendall(data)
            goal.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Shards:
    """Servers with their relays; the first one coordinates."""

    def __init__(self, folder, count):
        self.http = [free_port() for _ in range(count)]
        self.tcp = [free_port() for _ in range(count)]
        self.relays = [Relay(port) for port in self.tcp]
        self.front = Relay(self.http[0])
        self.processes = [self.start(pathlib.Path(folder) / str(n), n) for n in range(count)]
        for port in self.http:
            self.wait(port)

    def start(self, home, number):
        home.mkdir(parents=True)
        remote = "".join(
            f"<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>{relay.port}</port></replica></shard>"
            for relay in self.relays)
        (home / "users.xml").write_text("""<yandex><profiles><default></default></profiles><users><default><password></password>
<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users><quotas><default></default></quotas></yandex>""")
        (home / "config.xml").write_text(f"""<yandex><logger><level>error</level><log>{home}/log</log><errorlog>{home}/errors</errorlog></logger>
<http_port>{self.http[number]}</http_port><tcp_port>{self.tcp[number]}</tcp_port><interserver_http_port>{free_port()}</interserver_http_port>
<listen_host>127.0.0.1</listen_host><path>{home}/data/</path><tmp_path>{home}/tmp/</tmp_path><users_config>users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database><mark_cache_size>536870912</mark_cache_size>
<remote_servers><bench>{remote}</bench></remote_servers></yandex>""")
        return subprocess.Popen(
            ["clickhouse-server", f"--config-file={home}/config.xml"], cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def wait(self, port):
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("GET", "/")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("a shard does not answer")

    @property
    def settings(self):
        """Environment variables that make the product use them."""
        return {"CUSTOMER_DYNAMICS_CLICKHOUSE_URL": f"http://127.0.0.1:{self.front.port}", "CUSTOMER_DYNAMICS_CLICKHOUSE_CLUSTER": "bench"}

    def fill(self, files, data):
        """Makes the tables, and imports; returns the import's seconds."""
        nodes = [word for port in self.http for word in ("--node", f"http://127.0.0.1:{port}")]
        run("cluster", "create", *nodes, *data, environment=self.settings)
        return run("import", "--base-currency", "EUR", files, *data, environment=self.settings)[1]

    def cpu_seconds(self):
        ticks = [open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split() for process in self.processes]
        return [(int(one[11]) + int(one[12])) / os.sysconf("SC_CLK_TCK") for one in ticks]

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait()


def run(*arguments, environment=None):
    start = time.perf_counter()
    outcome = subprocess.run(
        [EXECUTABLE, *arguments], capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if outcome.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {outcome.stderr}")
    return outcome.stdout, time.perf_counter() - start


def measure(transactions, count, memory):
    files = str(ROOT / "bench-data" / f"files-{transactions}")
    wrong = False
    with tempfile.TemporaryDirectory() as folder:
        shards = Shards(folder, count)
        try:
            settings = shards.settings
            if memory:
                settings["CUSTOMER_DYNAMICS_CLICKHOUSE_MEMORY_BYTES"] = str(memory)
            data = ["--data", folder + "/none"]
            seconds = shards.fill(files, data)
            ledger = folder + "/embedded"
            run("import", "--base-currency", "EUR", files, "--data", ledger)
            run("report", *PERIOD, "--format", "json", "--data", ledger)
            rows = sum(sum(1 for _ in open(file, "rb")) - 1 for file in pathlib.Path(files).glob("*.csv"))
            print(f"\n### {transactions:,} transactions, {count} shard{'s' * (count > 1)}\n\nImport: {rows:,} rows in {seconds:.0f} s, {rows / seconds:,.0f} rows/s.\n")
            print("| report | seconds | CPU seconds of each shard | bytes from all shards | bytes to our process | embedded, whole command, s | figures |")
            print("|---|---|---|---|---|---|---|")
            for name, options in QUERIES.items():
                before = shards.cpu_seconds(), sum(relay.returned for relay in shards.relays), shards.front.returned
                found, seconds = run("report", *PERIOD, *options, "--format", "json", *data, environment=settings)
                after = shards.cpu_seconds(), sum(relay.returned for relay in shards.relays), shards.front.returned
                expected, embedded = run("report", *PERIOD, *options, "--format", "json", "--data", ledger)
                same = [json.loads(text)[part] for text in (found, expected) for part in ("rows", "total")]
                equal = same[:2] == same[2:]
                wrong |= not equal
                digest = hashlib.sha256(json.dumps(same[:2], sort_keys=True).encode()).hexdigest()[:12]
                cpu = ", ".join(f"{b - a:.1f}" for a, b in zip(before[0], after[0]))
                print(f"| {name} | {seconds:.1f} | {cpu} | {after[1] - before[1]:,} | {after[2] - before[2]:,} | {embedded:.2f} | {'equal, ' + digest if equal else 'DIFFER'} |", flush=True)
        finally:
            shards.stop()
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--shards", type=int, nargs="+", default=[3])
    parser.add_argument("--memory", type=int, help="bytes that a server may use for a question: with too few, clients are asked for in portions")
    given = parser.parse_args()
    wrong = False
    for transactions in given.transactions:
        for count in given.shards:
            wrong |= measure(transactions, count, given.memory)
    sys.exit(wrong)


if __name__ == "__main__":
    main()

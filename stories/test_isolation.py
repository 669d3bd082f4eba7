"""A reseller's program that guesses: whatever it asks about what belongs to others is answered as what never was, to the last byte.

`REQUESTS=10000 REQUESTS_SEED=7` asks for longer.
"""

import http.client
import json
import os
import random
import re
import string

import pytest
from conftest import Server

LEDGER = {
    "packages": "id,name\nours-1,Ours\ntheirs-1,Theirs\ntheirs-2,Theirs too\nnobodys,Nobody's\n",
    "clients": "id,name,type,owner_id,tags,currency,created_at,closed_at\n"
               "ours,Ours,reseller,,,EUR,2024-01-01T00:00:00Z,\nours-below,Ours below,reseller,ours,,EUR,2024-01-01T00:00:00Z,\n"
               "theirs,Theirs,reseller,,,EUR,2024-01-01T00:00:00Z,\ntheirs-below,Theirs below,reseller,theirs,,EUR,2024-01-01T00:00:00Z,\n"
               "c1,Client 1,client,ours,vip;our-tag,EUR,2024-01-02T00:00:00Z,\nc2,Client 2,client,ours-below,,EUR,2024-01-02T00:00:00Z,\n"
               "t1,Client 3,client,theirs,vip;their-tag,EUR,2024-01-02T00:00:00Z,\nt2,Client 4,client,theirs-below,their-other-tag,EUR,2024-01-02T00:00:00Z,\n"
               "o1,Client 5,client,,operators-tag,EUR,2024-01-02T00:00:00Z,\n",
    "subscriptions": "id,client_id,package_id,started_at,ended_at\ns1,c1,ours-1,2024-02-01T00:00:00Z,\n"
                     "s2,t1,theirs-1,2024-02-01T00:00:00Z,\ns3,t2,theirs-2,2024-02-01T00:00:00Z,\n",
    "transactions": "id,client_id,at,kind,amount,package_id\nx1,c1,2024-03-01T00:00:00Z,refill,10,\nx2,c2,2024-03-02T00:00:00Z,usage,1,\n"
                    "x3,t1,2024-03-01T00:00:00Z,refill,70,\nx4,t2,2024-04-01T00:00:00Z,activation,5,theirs-2\nx5,o1,2024-03-01T00:00:00Z,usage,3,\n",
}
YEAR = {"from": "2024-01-01", "to": "2024-12-31"}


class Program:
    """Whoever has these tokens, one after the other, as each may only ask so often."""

    def __init__(self, server, *tokens):
        self.tokens, self.asked, self.last = tokens, 0, None
        self.wire = http.client.HTTPConnection(*server.address.removeprefix("http://").split(":"), timeout=30)

    def call(self, method, path, body=None, **headers):
        self.asked += 1
        token = self.tokens[self.asked // 500 % len(self.tokens)]
        named = {"Authorization": f"Bearer {token}"} | ({"Content-Type": "application/json"} if body is not None else {}) | headers
        self.wire.request(method, path, None if body is None else json.dumps(body), named)
        try:
            answer = self.wire.getresponse()
        except http.client.RemoteDisconnected as error:
            raise AssertionError(f"no answer to {method} {path} {body} {self.last}") from error
        self.last = (method, path, body, answer.status, answer.getheader("Connection"))
        text = answer.read().decode(errors="replace")
        assert answer.status != 429
        return answer.status, {name: value for name, value in answer.getheaders() if name not in ("X-Request-ID", "Date")}, text

    def made(self, method, path, body=None, key="id"):
        status, _, text = self.call(method, path, body)
        assert status in (200, 201, 202), text
        return json.loads(text)[key]


@pytest.fixture(scope="module")
def branches(tmp_path_factory):
    """The program of one reseller, and what is there of the other one and of the operator: kinds of ids, with the ids."""
    folder = tmp_path_factory.mktemp("isolation")
    for name, text in LEDGER.items():
        (folder / f"{name}.csv").write_text(text)
    server = Server(folder / "data")
    server.run("import", "--base-currency", "EUR", *(str(folder / f"{name}.csv") for name in LEDGER))
    count = int(os.environ.get("REQUESTS", "300"))
    token = lambda name, *role: server.run("token", "create", name, "--role", *role).strip()
    ours = [token(f"ours {n}", "reseller", "--reseller", "ours") for n in range(2 + count // 200)]
    theirs, operator = token("theirs", "reseller", "--reseller", "theirs"), token("operator", "administrator")
    server.start()
    others = {"report": [], "template": [], "run": []}
    for owner in (theirs, operator):
        program = Program(server, owner)
        for group in ([], ["month"], ["package"]):
            report = program.made("POST", "/api/v1/reports", YEAR | {"group_by": group})
            # A link shares by design; a revoked one must be as if it had never been.
            assert program.call("PATCH", f"/api/v1/reports/{report}", {"revoked": True})[0] == 200
            others["report"].append(report)
        for visibility in ("me", "company"):
            template = program.made("POST", "/api/v1/templates", {"name": f"{visibility}", "query": YEAR, "visibility": visibility})
            schedule = {"frequency": "weekly", "weekdays": [1], "time": "08:00", "timezone": "UTC"}
            assert program.call("PUT", f"/api/v1/templates/{template}/schedule", schedule)[0] == 200
            others["template"].append(template)
        status, headers, _ = program.call("POST", "/api/v1/reports", YEAR, Prefer="respond-async")
        assert status == 202
        others["run"].append(headers["Location"].rsplit("/", 1)[1])
    users = json.loads(Program(server, operator).call("GET", "/api/v1/tokens")[2])["tokens"]
    others["user"] = others["token"] = [str(one["id"]) for one in users if "ours" not in one["name"]]
    others |= {
        "owner": ["theirs", "theirs-below"], "package": ["theirs-1", "theirs-2", "nobodys"],
        "tag": ["their-tag", "their-other-tag", "operators-tag"]}
    yield Program(server, *ours), others
    assert server.stop() == 0


def made_up(chance, like):
    """What has the same form and never was."""
    if like.isdigit():
        return str(chance.randrange(10**6, 10**7))
    letters = string.ascii_letters + string.digits
    return "".join(chance.choice(letters) for _ in range(max(8, len(like))))


def question(chance, kind, identifier):
    """A request about something: method, path and body."""
    group = {"group_by": chance.choice([[], ["month"], ["package"], ["year", "package"]]), "active_months": chance.randint(1, 12)}
    schedule = {"frequency": "daily", "time": "08:00", "timezone": "UTC"}
    choices = {
        "report": [
            ("GET", "/api/v1/reports/{}", None), ("GET", "/view?id={}", None), ("GET", "/api/v1/reports/{}/export?format=csv", None),
            ("GET", "/api/v1/reports/{}/export?format=xlsx", None), ("GET", "/reports/{}/export?format=xls", None),
            ("GET", "/reports/{}/rows?from=0", None), ("GET", "/reports/{}/table", None), ("GET", "/reports/{}/chart", None),
            ("GET", "/api/v1/reports/{}/deliveries", None), ("PATCH", "/api/v1/reports/{}", {"revoked": False}),
            ("DELETE", "/api/v1/reports/{}", None), ("GET", "/reports/{}/expiry", None), ("GET", "/reports/{}/delete", None),
            ("GET", "/reports/{}/mail", None), ("POST", "/reports/{}/revoke", None), ("POST", "/reports/{}/restore", None),
            ("POST", "/api/v1/reports/{}/deliveries", {"output": "csv", "send_to": ["a@a.example"]})],
        "template": [
            ("GET", "/api/v1/templates/{}", None), ("PUT", "/api/v1/templates/{}", {"name": "x", "query": YEAR}), ("DELETE", "/api/v1/templates/{}", None),
            ("GET", "/api/v1/templates/{}/schedule", None), ("PUT", "/api/v1/templates/{}/schedule", schedule),
            ("DELETE", "/api/v1/templates/{}/schedule", None), ("GET", "/api/v1/templates/{}/runs", None), ("POST", "/api/v1/templates/{}/runs", None),
            ("GET", "/templates/{}/edit", None), ("GET", "/templates/{}/schedule", None), ("POST", "/templates/{}/run", None),
            ("POST", "/templates/{}/duplicate", None), ("GET", "/?template={}", None), ("GET", "/templates/{}/delete", None)],
        "run": [("GET", "/api/v1/runs/{}", None), ("DELETE", "/api/v1/runs/{}", None), ("GET", "/runs/{}", None), ("GET", "/runs/{}/events", None)],
        "user": [("GET", "/api/v1/users/{}", None), ("PATCH", "/api/v1/users/{}", {"disabled": True}), ("GET", "/administration/users/{}/role", None)],
        "token": [("DELETE", "/api/v1/tokens/{}", None), ("GET", "/administration/tokens/{}/revoke", None)],
        "owner": [("POST", "/api/v1/reports", YEAR | group | {"owners": ["{}"]}), ("POST", "/api/v1/reports", YEAR | group | {"owners": ["ours", "{}"]}),
                  ("GET", "/suggestions?kind=owners&text={}", None), ("GET", "/?preset=last_month&owners={}", None)],
        "package": [("POST", "/api/v1/reports", YEAR | group | {"packages": ["{}"]}), ("GET", "/suggestions?kind=packages&text={}", None),
                    ("GET", "/?preset=last_month&packages={}", None)],
        "tag": [("POST", "/api/v1/reports", YEAR | group | {"tags": ["{}"]}), ("POST", "/api/v1/reports", YEAR | group | {"tags": ["{}", "vip"], "tag_mode": "all"}),
                ("GET", "/suggestions?kind=tags&text={}", None), ("GET", "/?preset=last_month&tags={}", None)],
    }
    method, path, body = chance.choice(choices[kind])
    return method, path.replace("{}", identifier), body and json.loads(json.dumps(body).replace("{}", identifier))


def comparable(answer, identifier):
    """The answer without what differs from one request to the next anyhow, and without the id that was asked for."""
    status, headers, text = answer
    if "json" in headers.get("Content-Type", ""):
        text = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    for name in ("id", "generated_at", "duration_ms", "request_id", "created_at", "changed_at", "view"):
        text = re.sub(rf'"{name}":("[^"]*"|\d+)', f'"{name}":…', text)
    # Error pages show the request's id.
    text = re.sub(r"Request [0-9a-f]+", "Request …", text)
    # Numbers stand elsewhere on pages, too; nothing repeats one that was asked for.
    place = lambda value: value if identifier.isdigit() or not identifier else value.replace(identifier, "{}")
    headers = {name: place(value) for name, value in headers.items() if name not in ("Content-Length", "Location", "ETag", "Set-Cookie")}
    return status, headers, place(text)


def test_what_belongs_to_others_never_was(branches):
    program, others = branches
    chance = random.Random(int(os.environ.get("REQUESTS_SEED", "1")))
    seen = {}
    for number in range(int(os.environ.get("REQUESTS", "300"))):
        kind = chance.choice(list(others))
        theirs = chance.choice(others[kind])
        nothing = made_up(chance, theirs)
        state = chance.getstate()
        about_theirs = question(chance, kind, theirs)
        chance.setstate(state)
        about_nothing = question(chance, kind, nothing)
        accept = {"Accept": chance.choice(["text/html", "application/json", "*/*"])}
        one = comparable(program.call(*about_theirs, **accept), theirs)
        two = comparable(program.call(*about_nothing, **accept), nothing)
        different = [pair for pair in zip(one[2].splitlines(), two[2].splitlines()) if pair[0] != pair[1]]
        assert one == two, f"{number}: {about_theirs} is told from {about_nothing}: {one[:2]}, {two[:2]}, {different[:3]}"
        assert one[0] < 500
        seen.setdefault(kind, set()).add(one[0])
    assert set(seen) == set(others)
    # What is asked for in a query by name is refused or empty, the rest is not there.
    assert seen["report"] <= {403, 404, 422, 303} and seen["template"] <= {200, 403, 404, 303}, seen


def test_what_is_ours_is_there(branches):
    """Otherwise everything above would hold for who sees nothing at all."""
    program, _ = branches
    report = json.loads(program.call("POST", "/api/v1/reports", YEAR | {"owners": ["ours-below"], "packages": []})[2])
    assert report["total"]["all_qty"] == 1
    whole = json.loads(program.call("POST", "/api/v1/reports", YEAR)[2])
    assert whole["total"]["all_qty"] == 3 and whole["total"]["refill_total"] == "10.000000"
    assert "our-tag" in program.call("GET", "/suggestions?kind=tags&text=our")[2]

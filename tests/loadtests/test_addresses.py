"""Every option that takes an address: what is no base URL is refused in a line, and only allowed hosts are looked up or sent requests."""

from __future__ import annotations

import json
import re
import socket

import pytest
import typer.main

from loadtests.http.client import Client
from loadtests.safety import Target, resolve
from sim.cli.app import USAGE, app, status
from sim.records.refusal import Refusal

BAD = {
    "port 0": "http://127.0.0.1:0",
    "a port too large": "http://127.0.0.1:99999",
    "a negative port": "http://127.0.0.1:-1",
    "a port that is no number": "http://127.0.0.1:http",
    "a bracket alone": "http://[::1",
    "no address in brackets": "http://[shop]",
    "a name and a password": "http://user:hunter2@127.0.0.1",
    "a name": "http://hunter2@127.0.0.1",
    "an empty name": "http://@127.0.0.1",
    "a name in another alphabet": "http://商店.example",
    "a space": "http://127.0.0.1:8080/a b",
    "a space before": " http://127.0.0.1:8080",
    "a line feed": "http://127.0.0.1:8080/\nX: y",
    "a tabulator": "http://127.0.0.1:80\t80",
    "a backslash": "http://127.0.0.1\\@shop.example",
    "no host": "http://",
    "a port without host": "http://:8080",
    "no scheme": "127.0.0.1:8080",
    "two slashes": "//127.0.0.1:8080",
    "another scheme": "file:///etc/hosts",
    "a web socket": "ws://127.0.0.1:8080",
    "a word": "shop",
    "a query": "http://127.0.0.1:8080/?token=hunter2",
    "an empty query": "http://127.0.0.1:8080/?",
    "a fragment": "http://127.0.0.1:8080/#a",
    "a wild card": "http://*",
    "a list": "http://127.0.0.1,shop.example",
}
STRANGE = ["http://shop.example:8080", "https://10.1.2.3", "http://127.1", "http://0x7f000001", "http://localhost.shop.example"]  # fmt: skip
GOOD = "http://127.0.0.1:9"
NAMES = {"host", "proxy"}
COMMANDS = {
    "replay": ["trace.parquet"],
    "oversell": ["--adapter=shop"],
    "capacity": ["--scenario", "chain.yaml"],
    "poc": ["--adapter=shop", "--scenario", "chain.yaml"],
    "adapter check": ["shop"],
    "adapter new": ["mine"],
    "gate": ["plan.yaml", "--wave=first", "--evidence=runs"],
}
SENDS_NOTHING = {"adapter new", "gate"}
"""They write or compare an address: any host may stand there, none needs to be allowed, and there is no way to it to choose."""
OPTIONS = [(command, "--host") for command in COMMANDS] + [
    (command, "--proxy") for command in COMMANDS if command not in SENDS_NOTHING
]
GIVEN = {"catalogue.parquet", "trace.parquet", "plan.yaml", "runs"}


def test_no_option_that_takes_an_address_is_forgotten():
    options = set()

    def walk(command, name):
        for option in command.params:
            if NAMES & {option.name} or "url" in option.name:
                options.add((name, option.opts[0]))
        for word, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{name} {word}".strip())

    walk(typer.main.get_command(app), "")
    assert options == set(OPTIONS)


@pytest.fixture
def offline(monkeypatch, make_trace, tmp_path):
    """A folder with a trace, in which nothing may be looked up or connected to but loopback by its address."""
    monkeypatch.chdir(tmp_path)
    make_trace(2.0, 2.0)
    (tmp_path / "plan.yaml").write_text("{name: p, waves: [{name: first, stores: 1, go_live: 2027-01-01}]}")
    (tmp_path / "runs").mkdir()
    for name in ("SHOP", "VENDURE", "OSCAR"):
        monkeypatch.setenv(f"RETAIL_LAB_{name}_TOKEN", "sesame")
    real = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        assert host == "127.0.0.1", f"{host} was looked up"
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return tmp_path


def words(command, option, url):
    more = [f"{option}={url}"] if option == "--host" else [f"--host={GOOD}", f"{option}={url}"]
    return [*command.split(), *COMMANDS[command], *more]


@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=str)
def test_what_is_no_base_url_is_refused_in_a_line(offline, capsys, command, option, url):
    assert status(words(command, option, url)) == USAGE
    refused = capsys.readouterr().err
    assert refused.count("\n") == 1
    assert option in refused
    assert "hunter2" not in refused
    assert {path.name for path in offline.rglob("*")} == GIVEN, "nothing was begun"


@pytest.mark.parametrize("url", STRANGE)
@pytest.mark.parametrize(("command", "option"), [each for each in OPTIONS if each[0] not in SENDS_NOTHING])
def test_a_host_that_was_not_allowed_is_refused_before_it_is_looked_up(offline, capsys, command, option, url):
    assert status(words(command, option, url)) == USAGE
    refused = capsys.readouterr().err
    assert refused.count("\n") == 1
    assert "--allow-host" in refused


@pytest.mark.parametrize("url", STRANGE)
@pytest.mark.parametrize("command", sorted(SENDS_NOTHING))
def test_a_command_that_sends_nothing_takes_any_host_and_looks_none_up(offline, capsys, command, url):
    assert status(words(command, "--host", url)) != USAGE
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("url", [url for url in BAD.values() if url == url.strip()])  # a file's texts are stripped
def test_a_plan_s_host_that_is_no_base_url_is_refused_in_a_line(offline, capsys, url):
    plan = {"name": "p", "host": url, "waves": [{"name": "first", "stores": 1, "go_live": "2027-01-01"}]}
    (offline / "plan.yaml").write_text(json.dumps(plan))
    assert status(["gate", *COMMANDS["gate"]]) == USAGE
    refused = capsys.readouterr().err
    assert refused.count("\n") == 1
    assert re.match(r"retail-lab: plan\.yaml(:1)?: host: ", refused)
    assert "hunter2" not in refused


@pytest.mark.parametrize("url", ["", *BAD.values()], ids=["empty", *BAD])
@pytest.mark.parametrize("flag", ["--host", "RETAIL_LAB_MINE_ADMIN_URL"])
def test_other_addresses_of_an_adapter_are_read_as_strictly(url, flag):
    with pytest.raises(Refusal, match=flag):
        resolve(url, flag)


@pytest.mark.parametrize(
    "variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
)
def test_a_proxy_of_the_environment_is_not_used(plain, variable, monkeypatch):
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert Client(resolve(plain.url), 5.0, {}).send("GET", "/browse/1").status == 200


def test_a_redirect_leads_nowhere_and_takes_no_token_along(plain):
    plain.statuses["/"] = 302
    plain.headers["Location"] = "http://shop.example/"
    answer = Client(resolve(plain.url), 5.0, {"Authorization": "Bearer sesame"}).send("GET", "/browse/1")
    assert (answer.status, len(plain.seen)) == (302, 1)


def test_no_secret_is_taken_from_a_netrc(plain, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password sesame\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    Client(resolve(plain.url), 5.0, {}).send("GET", "/browse/1")
    assert "Authorization" not in plain.seen[0][2]


@pytest.mark.parametrize("path", ["@shop.example/", "http://shop.example/", ".shop.example/", "", "\\shop.example"])
def test_a_path_cannot_name_another_host_behind_the_base_url(path):
    """Through a proxy the whole URL goes out: `http://127.0.0.1:9@shop.example/` would name another host."""
    client = Client(Target("http", "127.0.0.1", 9, "", ("127.0.0.1",)), 1.0, {}, proxy=GOOD)
    with pytest.raises(ValueError, match="begin with /"):
        client.send("GET", path)

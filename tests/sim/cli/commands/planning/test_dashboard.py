"""The dashboard's port: one that is in use is one line."""

import socket

from sim.cli.app import USAGE, status


def test_a_port_in_use_is_one_line(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert status(["dashboard", str(tmp_path), "--port", str(taken.getsockname()[1])]) == USAGE
    assert capsys.readouterr().err.startswith("retail-lab: --port: expected a port that is free")

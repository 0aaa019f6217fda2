"""Options that stand once: what a plan can be told, the command line tells it."""

from dataclasses import fields

import typer

from loadtests.planning.plan import Plan, flag
from sim.cli.app import app

COMMANDS = typer.main.get_command(app).commands


def options(command):
    return {option.opts[0]: option for option in command.params}


def test_a_replay_takes_every_setting_of_its_plan_with_its_default_and_no_other_name():
    taken = options(COMMANDS["replay"])
    own = {"trace", "host", "targets", "out"}
    for each in fields(Plan):
        if each.name not in own:
            option = taken[flag(each.name)]
            assert (option.name, option.default or type(each.default)()) == (each.name, each.default)
            assert option.help.lower() == f"{each.metadata['help']}.".lower()


def test_what_several_commands_ask_is_called_the_same_everywhere():
    shared = {"--host", "--timeout", "--allow-host", "--ca-bundle", "--client-certificate", "--proxy"}
    commands = [COMMANDS[name] for name in ("replay", "capacity", "oversell", "poc")] + [
        COMMANDS["adapter"].commands["check"]
    ]
    said = [{name: options(command)[name].help for name in shared} for command in commands]
    assert all(each == said[0] for each in said)

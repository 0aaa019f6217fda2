"""Records as a load test, a search, a race and goals leave them, and a plan for whose first wave they make every condition hold."""

import hashlib
import json
from datetime import date

import yaml

from sim.planning.gates.gate import gate
from sim.records.decisions.peak import WavePeak

HOST = "http://127.0.0.1:9"
TODAY = date(2026, 11, 20)
MEASURED = "2026-11-10T09:00:00+00:00"
STORES = ["SH01", "SU02"]
ACCOUNTS = {"scheduled": 1, "sent": 1, "dropped": 0, "lost": 0, "not_reached": 0}


def loadrun(**changes):
    return {
        "run_id": "r", "started_at": MEASURED, "host": HOST, "adapter": "shop", "trace": "t", "scenario_hash": "", "time_scale": 1.0,
        "trace_from_s": 0.0, "trace_to_s": 300.0, "duration_s": 300.0, "timeout_s": 10.0, "pool": 9, "workers": 1, "accounts": ACCOUNTS, **changes,
    }  # fmt: skip


def finding(quantity, target, decision="pass"):
    return {
        "quantity": quantity, "scope": "all requests", "unit": "", "target": target, "binding": True, "decision": decision, "estimate": 1.0,
        "low": 1.0, "high": 1.0, "confidence": 0.9, "requests": 9_000, "bad": 0, "incidents": 0, "gap_s": 1.0, "design_effect": 1.0,
    }  # fmt: skip


FAILS_IN_TIME = [finding("availability", 0.999, "fail"), finding("mean", 2.0)]
FAILS_LATE = [finding("availability", 0.999, "fail"), finding("mean", 2.0, "fail")]
"""Of a system that is overloaded."""


def verdict(**changes):
    rate = changes.pop("orders_per_hour", 500.0)
    line = {
        "journey": "checkout", "offered": 40, "started": 40, "completed": 40, "failed": 0, "failed_at": {}, "other": 0,
        "offered_per_hour": rate, "completed_per_hour": rate,
    }  # fmt: skip
    return {
        "run_id": "r", "host": HOST, "decision": "pass", "sentence": "Pass: 9,000 requests.", "reasons": [],
        "findings": [finding("availability", 0.999), finding("mean", 2.0)], "outcomes": {}, "accounts": ACCOUNTS, "journeys": [line],
        "window_s": 300.0, "window_supports": [], "lag_p99_s": 0.001, "stock": [stock()], **changes,
    }  # fmt: skip


def stock(before=10, after=0, ordered=10):
    return {"sku_code": "A", "available_before": before, "available_after": after, "units_ordered": ordered}


def stage(factor, decision, run):
    return {
        "factor": factor, "run": run, "length_s": 60.0, "took_s": 70.0, "journeys_per_s": 1.0, "requests": 900, "requests_per_s": 9.0,
        "answered_per_s": 9.0, "concurrency": 1.0, "mean_s": 0.1, "p95_s": 0.2, "decision": decision, "sentence": "", "stable": True,
        "unmet": [], "thorough": True,
    }  # fmt: skip


def capacity(**changes):
    stages = [stage(2.0, "pass", "stage-01"), stage(3.0, "fail", "stage-02")]
    return {
        "host": HOST, "scenario": "pilot", "scenario_hash": "", "targets": ["availability=99%"], "stores": 2,
        "peak_from_s": 0.0, "peak_requests_per_s": 1.0,
        "stages": stages, "decision": "pass", "sentence": "It carries 4 stores.", **changes,
    }  # fmt: skip


def race(**changes):
    sku = {"sku_code": "A", "available_before": 5, "available_after": 0, "promised": 5, "asked": 20, "in_doubt": 0}
    return {
        "run_id": "x", "started_at": MEASURED, "host": HOST, "adapter": "shop", "clients": 20, "units": 1, "decides": "order", "length_s": 1.0,
        "skus": [sku], "endings": [], "orders": [], "orders_fate": "kept", "decision": "pass", "sentence": "Not oversold: 5 of 5.", "reasons": [],
        **changes,
    }  # fmt: skip


def goals(digest, **changes):
    line = {
        "name": "faster tills", "kpi": "ticket_handling_time_s", "unit": "s", "scope": "all", "owner": "ops", "by": "2027-01-01",
        "side": "at most", "limit": 30.0, "change": False, "state": "met", "estimate": 20.0, "low": 19.0, "high": 21.0, "samples": 5,
        "baseline": None, "baseline_samples": 0, "paired": False, "grade": "supplied", "as_of": "2026-11-12", "rule": "It is.", **changes,
    }  # fmt: skip
    return {
        "file": "goals.yaml", "file_sha256": digest, "judged_on": "2026-11-12", "confidence": 0.95, "source": "t.csv", "baseline": "",
        "decision": "pass", "sentence": "", "goals": [line],
    }  # fmt: skip


class Case:
    """A plan with evidence by which everything holds; a test changes one thing and judges."""

    def __init__(self, folder, peak_hash, pilot_hash):
        self.folder, self.runs, self.peak_hash, self.pilot_hash = folder, folder / "runs", peak_hash, pilot_hash
        self.plan = {
            "name": "rollout", "host": HOST, "scenario": "pilot",
            "waves": [{"name": "first", "stores": ["SH01"], "go_live": "2026-12-01"},
                      {"name": "second", "stores": ["SU02"], "go_live": "2027-01-01"}],
            "conditions": {"training": {"table": "trained.csv", "as_of": "2026-11-15"}, "goals": {"file": "goals.yaml"}},
        }  # fmt: skip
        (folder / "trained.csv").write_text("store,name,trained\nSH01,a,yes\nSH01,b,2026-11-01\nSU02,c,no\n")
        goal = {
            "name": "faster tills",
            "kpi": "ticket_handling_time_s",
            "at_most": 30,
            "owner": "ops",
            "by": "2027-01-01",
        }
        (folder / "goals.yaml").write_text(yaml.safe_dump({"goals": [goal]}))
        self.digest = hashlib.sha256((folder / "goals.yaml").read_bytes()).hexdigest()
        self.test()
        self.put("capacity/capacity.json", capacity(scenario_hash=pilot_hash))
        for name in ("stage-01", "stage-02"):
            self.put(f"capacity/{name}/loadrun.json", loadrun(scenario_hash=pilot_hash))
        self.put("race.json", race())
        self.put("goals.json", goals(self.digest))
        self.peak()

    def put(self, name, record):
        path = self.runs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record))

    def test(self, name="replay", run=None, **changes):
        self.put(f"{name}/verdict.json", verdict(**changes))
        self.put(f"{name}/loadrun.json", loadrun(scenario_hash=self.peak_hash) | (run or {}))

    def peak(self, **changes):
        record = {
            "plan": "rollout", "wave": "first", "stores": 1, "codes": ["SH01"], "scenario": "pilot", "scenario_hash": self.peak_hash,
            "time_scale": 1.0, "from_s": 0.0, "length_s": 300.0, "journeys_per_s": 1.0, "orders_per_hour": 500.0, **changes,
        }  # fmt: skip
        WavePeak.model_validate(record)
        self.put("peak/peak.json", record)

    def judge(self, on=TODAY, wave="first"):
        file = self.folder / "plan.yaml"
        file.write_text(yaml.safe_dump(self.plan))
        return gate(file, wave, self.runs, on)

    def of(self, name, **how):
        return next(each for each in self.judge(**how).conditions if each.name == name)

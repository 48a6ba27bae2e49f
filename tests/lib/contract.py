# SPDX-License-Identifier: Apache-2.0
"""The JSON report's contract: every key, its type, its values, and what must add up. The harness checks
each report of each test with it.

    contract.check(report)     AssertionError that names everything that is wrong
"""
import collections
import re

VERDICTS = {
    "closed": {"drained", "unframed", "unused", "peer-closed", "errored", "connect-failed", "never-connected", "exec",
               "unseen", "by-exit"},
    "closed-early": {"undrained", "unread"},
    "active": {"traffic", "waiting"},
    "drained": {"kept-alive", "bypassed", "stale", "unused"},
    "leaked": {"undrained", "unread", "unanswered", "abandoned", "peer-closed", "errored", "connect-failed",
               "never-connected", "unwatched", "shut-down"},
    "listening": None,  # any reason
    "open": None,
}
EVIDENCE = {"framing", "kernel", "reuse", "runtime", "heuristic"}
STATES = {"ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
          "LAST_ACK", "LISTEN", "CLOSING"}
ROLES = {"main", "reader", "writer", "reader-writer", "worker", "none"}
STREAMS = {"tcp", "tcp6", "unix", "vsock"}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
HEX = re.compile(r"0x[0-9a-f]+")
LANGUAGES = ("native", "go", "python", "java", "javascript", "ruby", "php", "perl")

NONE = type(None)
COUNT, TEXT, FLAG, TIME = (int,), (str,), (bool,), (int, float)
KEYS = {
    "report": {"schema": TEXT, "process": (dict,), "summary": (dict,), "connections": (list,), "threads": (list,),
               "stacks": (dict,), "call_sites": (list,), "warnings": (list,), "exhaustion": (dict, NONE), "closed_twice": (list,)},
    "closed_twice": {"fd": COUNT, "count": COUNT, "connection": COUNT, "stack": TEXT + (NONE,), "place": TEXT + (NONE,),
                     "thread": COUNT + (NONE,), "at_s": TIME, "closed_stack": TEXT + (NONE,), "closed_place": TEXT + (NONE,),
                     "closed_by": COUNT + (NONE,), "opened_stack": TEXT + (NONE,), "opened_place": TEXT + (NONE,),
                     "before": COUNT + (NONE,), "before_closed_stack": TEXT + (NONE,),
                     "before_closed_place": TEXT + (NONE,), "before_closed_by": COUNT + (NONE,),
                     "by_another": FLAG, "meant_before": FLAG},
    "exhaustion": {"count": COUNT, "limit": COUNT + (NONE,), "most": COUNT},
    "over_time": {"bucket_s": TIME, "open": (list,), "growing": FLAG + (NONE,)},
    "process": {"pid": COUNT, "ppid": COUNT, "exe": TEXT + (NONE,), "cmdline": (list,), "engine": TEXT,
                "runtime": TEXT + (NONE,),
                "started_at": TEXT, "duration_s": TIME, "end": TEXT, "exit_status": COUNT + (NONE,),
                "signal": COUNT + (NONE,), "forked": FLAG, "nofile": COUNT + (NONE,)},
    "summary": {**{k: COUNT for k in ("sockets", "connections", "closed", "closed_early", "active", "drained", "leaked",
                                      "listening", "open", "requests", "responses", "unlisted")},
                "threads": (dict,), "over_time": (dict, NONE)},
    "summary.threads": {"created": COUNT, "alive": COUNT, "pinned": COUNT},
    "connection": {"id": COUNT, "verdict": TEXT, "reason": TEXT, "evidence": TEXT, "kind": TEXT, "role": TEXT,
                   "inherited": FLAG, "fds": (list,), "local": TEXT + (NONE,), "peer": TEXT + (NONE,),
                   "host": TEXT + (NONE,), "state": TEXT + (NONE,), "protocol": TEXT + (NONE,), "tls": FLAG,
                   "alpn": TEXT + (NONE,),
                   "requests": COUNT, "responses": COUNT, "reused": COUNT, "body_expected": COUNT + (NONE,),
                   "body_received": COUNT, "bytes_in": COUNT, "bytes_out": COUNT, "queued": COUNT + (NONE,), "streams": (dict, NONE),
                   "opened_s": TIME, "connected_s": TIME + (NONE,), "last_read_s": TIME + (NONE,),
                   "last_write_s": TIME + (NONE,), "closed_s": TIME + (NONE,), "opened_by": COUNT + (NONE,), "last_used_by": COUNT + (NONE,),
                   "threads": (list,), "stack": TEXT + (NONE,), "teardown": FLAG,
                   "closed_stack": TEXT + (NONE,), "held_by": (list,)},
    "thread": {"id": COUNT, "kind": TEXT, "goid": COUNT + (NONE,), "tid": COUNT, "name": TEXT, "alive": FLAG, "created_s": TIME + (NONE,),
               "ended_s": TIME + (NONE,), "created_by": COUNT + (NONE,), "stack": TEXT + (NONE,), "role": TEXT,
               "serves": (list,), "pins": FLAG, "waiting_in": TEXT + (NONE,), "waiting_on": COUNT + (NONE,)},
    "frame": {"address": TEXT, "module": TEXT + (NONE,), "build_id": TEXT + (NONE,), "offset": TEXT,
              "function": TEXT + (NONE,), "file": TEXT + (NONE,), "line": COUNT + (NONE,), "inlined": FLAG, "language": TEXT},
    "call_site": {"first_used_at": TEXT + (NONE,), "closed_at": (list,), "over_time": (dict, NONE), "stack": TEXT, "stacks": (list,), "place": TEXT, **{k: COUNT for k in ("opened", "closed", "closed_early", "open_now", "open_max",
                                                        "drained", "leaked")}},
}


class Checker:
    def __init__(self, report):
        self.report, self.faults = report, []

    def expect(self, condition, *what):
        if not condition:
            self.faults.append(" ".join(map(str, what)))

    def keys(self, kind, value, where):
        """Every key is there and of its type; a bool is no number."""
        for key, types in KEYS[kind].items():
            if key not in value:
                self.faults.append(f"{where}: no key {key}")
            elif type(value[key]) not in types:
                self.faults.append(f"{where}.{key}: {value[key]!r} is of the wrong type")
            elif type(value[key]) in (int, float):
                self.expect(value[key] >= 0, f"{where}.{key}: {value[key]} is negative")

    # ---- process and summary

    def process(self, p):
        self.keys("process", p, "process")
        self.expect(p["engine"] == "preload", "process.engine:", p["engine"])
        self.expect(RFC3339.fullmatch(p["started_at"]), "process.started_at:", p["started_at"])
        self.expect(all(isinstance(a, str) for a in p["cmdline"]), "process.cmdline:", p["cmdline"])
        self.expect(p["end"] in ("exit", "killed", "exec", "running"), "process.end:", p["end"])
        self.expect(p["exit_status"] is None or p["end"] == "exit" and p["exit_status"] < 256,
                    "process.exit_status", p["exit_status"], "with end", p["end"])
        self.expect(p["signal"] is None or p["end"] == "killed" and 0 < p["signal"] < 128,
                    "process.signal", p["signal"], "with end", p["end"])

    def summary(self, s, connections, threads):
        self.keys("summary", s, "summary")
        self.keys("summary.threads", s["threads"], "summary.threads")
        names = [v.replace("-", "_") for v in VERDICTS]
        self.expect(s["sockets"] == sum(s[n] for n in names), "summary.sockets is not the sum of the verdicts:", s)
        self.expect(s["sockets"] == len(connections) + s["unlisted"], "summary.sockets:", s["sockets"], "but",
                    len(connections), "listed and", s["unlisted"], "unlisted")
        listed = collections.Counter(c["verdict"].replace("-", "_") for c in connections)
        for name in names:
            if name.startswith("closed"):
                self.expect(listed[name] <= s[name], f"summary.{name}: {s[name]}, listed {listed[name]}")
            else:
                self.expect(listed[name] == s[name], f"summary.{name}: {s[name]}, listed {listed[name]}")
        gone = s["closed"] + s["closed_early"] - listed["closed"] - listed["closed_early"]
        self.expect(gone == s["unlisted"], f"{gone} closed ones are not listed, summary.unlisted is {s['unlisted']}")
        met = sum(c["connected_s"] is not None and c["kind"] in STREAMS for c in connections)
        self.expect(s["connections"] <= met + s["unlisted"], f"summary.connections: {s['connections']} of {met} listed "
                    f"and at most {s['unlisted']} unlisted")
        for key in ("requests", "responses"):
            total = sum(c[key] for c in connections)
            self.expect(s[key] >= total if s["unlisted"] else s[key] == total,
                        f"summary.{key}: {s[key]}, the listed ones have {total}")
        self.expect(s["threads"]["pinned"] == sum(t["pins"] for t in threads), "summary.threads.pinned:", s["threads"])
        self.expect(s["threads"]["pinned"] <= s["threads"]["alive"], "summary.threads:", s["threads"])

    def over_time(self, o, open_now, where):
        """As many buckets as the life of the process takes; in the last one at least what is open now."""
        if o is None:
            return
        self.keys("over_time", o, f"{where}.over_time")
        self.expect(0 < len(o["open"]) <= 128 and all(type(n) is int and n >= 0 for n in o["open"]), where, o)
        self.expect(o["open"][-1] >= open_now, where, "over_time ends with", o["open"][-1], "open_now", open_now)

    # ---- lists

    def unique(self, items, what):
        ids = [i["id"] for i in items]
        self.expect(len(ids) == len(set(ids)), f"{what}: an id occurs twice")
        self.expect(ids == sorted(ids), f"{what}: not in the order of ids")
        return set(ids)

    def connection(self, c, threads, stacks):
        where = f"connection {c.get('id')}"
        self.keys("connection", c, where)
        self.expect(c["verdict"] in VERDICTS, where, "verdict", c["verdict"])
        reasons = VERDICTS.get(c["verdict"])
        self.expect(reasons is None or c["reason"] in reasons, where, c["verdict"], "with reason", c["reason"])
        self.expect(c["evidence"] in EVIDENCE, where, "evidence", c["evidence"])
        self.expect(c["role"] in ("client", "server", "none"), where, "role", c["role"])
        self.expect(c["state"] is None or c["state"] in STATES, where, "state", c["state"])
        self.expect(all(type(fd) is int and fd >= 0 for fd in c["fds"]), where, "fds", c["fds"])
        self.expect(c["protocol"] != "tls" or c["tls"], where, "protocol tls, but not tls")
        self.expect(c["reused"] == max(0, c["requests"] - 1), where, "reused", c["reused"], "of", c["requests"])
        self.expect(c["body_expected"] is None or c["body_received"] <= c["body_expected"], where, "body",
                    c["body_received"], "of", c["body_expected"])
        self.expect(all(type(pid) is int and pid > 0 for pid in c["held_by"]) and
                    self.report["process"]["pid"] not in c["held_by"], where, "held_by", c["held_by"])
        closed = c["verdict"] in ("closed", "closed-early")
        self.expect(c["teardown"] or (closed or c["closed_s"] is None), where, c["verdict"], "has closed_s", c["closed_s"])
        self.expect(not c["teardown"] or not closed and c["closed_s"] is not None, where, "teardown, but", c["verdict"],
                    "closed_s", c["closed_s"])
        self.expect(c["closed_stack"] is None or c["closed_stack"] in stacks, where, "closed_stack", c["closed_stack"])
        self.expect(not closed or c["closed_s"] is not None or c["reason"] == "unseen", where, "closed, but no closed_s")
        self.expect(c["reason"] not in ("exec", "by-exit") or c["closed_s"] == self.report["process"]["duration_s"], where,
                    c["reason"], "closed_s", c["closed_s"])
        for key in ("connected_s", "last_read_s", "last_write_s", "closed_s"):
            self.expect(c[key] is None or c["inherited"] or c[key] >= c["opened_s"] - 1e-6, where, key, c[key],
                        "before it was opened", c["opened_s"])
        self.expect((c["last_read_s"] is None) == (c["bytes_in"] == 0) or c["inherited"], where, "last_read_s",
                    c["last_read_s"], "bytes_in", c["bytes_in"])
        self.expect(set(c["threads"]) <= threads, where, "threads", c["threads"], "of", sorted(threads))
        self.expect(c["threads"] == sorted(set(c["threads"])), where, "threads", c["threads"])
        self.expect(c["opened_by"] is None or c["opened_by"] in threads, where, "opened_by", c["opened_by"])
        self.expect(c["stack"] is None or c["stack"] in stacks, where, "stack", c["stack"])

    def thread(self, t, by_id, stacks, highest):
        where = f"thread {t.get('id')}"
        self.keys("thread", t, where)
        self.expect(t["role"] in ROLES, where, "role", t["role"])
        # In a Go program main is a goroutine; the first that is seen of it may be a thread of C's.
        first = t["goid"] == 1 if t["kind"] == "goroutine" else \
            t["id"] == 1 and all(other["kind"] != "goroutine" for other in self.report["threads"])
        self.expect((t["role"] == "main") == first, where, "role", t["role"])
        self.expect(t["stack"] is None or t["stack"] in stacks, where, "stack", t["stack"])
        self.expect(all(0 < i <= highest for i in t["serves"]), where, "serves", t["serves"])
        stuck = any(i in by_id and by_id[i]["verdict"] in ("drained", "leaked") for i in t["serves"])
        self.expect(t["pins"] == (t["alive"] and stuck), where, "pins", t["pins"], "alive", t["alive"], "serves", t["serves"])
        self.expect(t["alive"] or t["waiting_in"] is None, where, "ended, and waits in", t["waiting_in"])
        self.expect(t["waiting_on"] is None or t["waiting_in"], where, "waits on", t["waiting_on"], "in no call")
        self.expect(t["alive"] == (t["ended_s"] is None), where, "alive", t["alive"], "ended_s", t["ended_s"])

    def stack(self, name, frames):
        self.expect(isinstance(frames, list), f"stack {name}: no list")
        for i, frame in enumerate(frames):
            where = f"stack {name} frame {i}"
            self.keys("frame", frame, where)
            self.expect(HEX.fullmatch(frame["address"]), where, frame["address"])
            self.expect("libconnleak.so" not in (frame["module"] or ""), where, "is the recorder's own")
            self.expect(HEX.fullmatch(frame["offset"]), where, frame["offset"])
            self.expect(frame["build_id"] is None or re.fullmatch("([0-9a-f]{2})+", frame["build_id"]), where,
                        frame["build_id"])
            self.expect(frame["line"] is None or frame["file"], where, "a line without a file")
            self.expect(frame["language"] in LANGUAGES, where, "language", frame["language"])
            self.expect(frame["language"] in ("native", "go") or frame["address"] == "0x0", where, "a script's line has an address")
        self.expect(not frames or not frames[-1]["inlined"], f"stack {name}: its outermost frame is inlined")

    def call_sites(self, sites, connections, stacks, unlisted):
        site_of = {stack: i for i, s in enumerate(sites) for stack in s["stacks"]}
        listed = collections.Counter((site_of.get(c["stack"]), c["verdict"]) for c in connections)
        open_at_end = collections.Counter(site_of.get(c["stack"]) for c in connections
                                          if c["verdict"] not in ("closed", "closed-early"))
        for i, s in enumerate(sites):
            where = f"call site {s.get('stack')}"
            self.keys("call_site", s, where)
            self.expect(s["stack"] in s["stacks"], where, "is none of its stacks", s["stacks"])
            self.expect(set(s["stacks"]) <= stacks, where, "has no stack")
            self.expect(s["place"] and "\n" not in s["place"], where, "place", s["place"])
            self.expect(s["opened"] == s["closed"] + s["closed_early"] + s["open_now"], where, "does not add up:", s)
            self.expect(s["open_max"] >= s["open_now"], where, s)
            self.over_time(s["over_time"], 0, where)
            self.expect(s["open_now"] == open_at_end[i], where, "open_now", s["open_now"], "listed", open_at_end[i])
            for key in ("drained", "leaked"):
                self.expect(s[key] == listed[i, key], where, key, s[key], "listed", listed[i, key])
        self.expect(len(site_of) == sum(len(s["stacks"]) for s in sites), "call_sites: a stack occurs twice")
        self.expect(all(c["stack"] is None or c["stack"] in site_of for c in connections), "call_sites: one is missing")
        total, placed = sum(s["opened"] for s in sites), sum(c["stack"] is not None for c in connections)
        self.expect(placed <= total <= placed + unlisted, f"call_sites: {total} opened, {placed} listed, "
                    f"{unlisted} unlisted")

    def all(self):
        r = self.report
        self.keys("report", r, "report")
        if self.faults:
            return
        self.expect(r["schema"] == "connleak-report/1", "schema:", r["schema"])
        self.process(r["process"])
        threads, stacks = self.unique(r["threads"], "threads"), set(r["stacks"])
        self.unique(r["connections"], "connections")
        by_id = {c["id"]: c for c in r["connections"]}
        for c in r["connections"]:
            self.connection(c, threads, stacks)
        for t in r["threads"]:
            self.thread(t, by_id, stacks, r["summary"]["sockets"] + 1000)
        for name, frames in r["stacks"].items():
            self.stack(name, frames)
        self.call_sites(r["call_sites"], r["connections"], stacks, r["summary"]["unlisted"])
        self.summary(r["summary"], r["connections"], r["threads"])
        for t in r["closed_twice"]:
            self.keys("closed_twice", t, "closed_twice")
            self.expect(t["count"] > 0 and t["fd"] < 65536, "closed_twice", t)
            for key in ("stack", "closed_stack", "opened_stack", "before_closed_stack"):
                self.expect(t[key] is None or t[key] in r["stacks"], "closed_twice", key, t[key])
        if r["exhaustion"]:
            self.keys("exhaustion", r["exhaustion"], "exhaustion")
        self.expect(all(isinstance(w, str) and w for w in r["warnings"]), "warnings:", r["warnings"])


def check(report):
    checker = Checker(report)
    try:
        checker.all()
    except (KeyError, TypeError, AttributeError) as error:
        checker.faults.append(f"{type(error).__name__}: {error}")
    assert not checker.faults, "the report breaks the contract:\n  " + "\n  ".join(checker.faults[:20])

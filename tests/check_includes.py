# SPDX-License-Identifier: Apache-2.0
"""The architecture, checked: includes point down only."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Lower layers first: a file includes its own layer and those below. By file name without ending.
LAYERS = {
    "preload/framing": [["framing"], ["protocol"], ["http1", "http2_status", "http2_streams", "mysql"],
                        ["http2_message"],
                        ["http1.c", "http1_head", "http1_lines", "http1_start", "http1_text",
                         "http2", "mysql.c", "mysql_answer", "pipeline", "postgresql", "redis", "sniff", "tls"],
                        ["framing.c"]],
    "preload": [["sys"], ["state"], ["options", "queue", "descriptor", "stack_cache"], ["arena_file"], ["arena"], ["names"],
                ["thread_handle"], ["thread", "unwind", "module", "stack", "readable", "unrecorded"], ["conn_slot"], ["conn_address"],
                ["conn_identity"],
                ["conn", "conn_change", "conn_follow", "conn_half", "conn_io", "conn_inherit", "conn_plain", "kernel", "process",
                 "tls"], ["guard"], ["hook"]],
    "analyzer": [["dump_reader", "dump_parts", "dump_file", "dump_pools"], ["model", "model_text", "kernel", "waits"], ["place"],
                 ["verdict", "verdict_names", "reuse", "tally", "pins"], ["symbol"], ["printable"], ["json"], ["frames"], ["phrases"],
                 ["report", "report_text", "report_pieces", "report_threads", "report_json", "report_html", "report_html_page",
                  "options", "suppress", "progress", "wrapper", "library"], ["program"],
                 ["find", "launch", "image", "unrecorded"], ["manual", "cmd", "cmd_run", "cmd_report", "cmd_watch"], ["main"]],
}


def layer_of(folder, stem, source=False):
    for number, names in reversed(list(enumerate(LAYERS[folder]))):
        if stem in names or source and stem + ".c" in names:
            return number
    if folder == "preload" and (stem.startswith("hook_") or stem == "init"):
        return 99
    return None


def check(folder, path):
    mine = layer_of(folder, path.stem, path.suffix == ".c")
    if mine is None:
        yield f"{path.relative_to(ROOT)}: has no layer; give it one in {pathlib.Path(__file__).name}"
        return
    for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
        if name == "connleak/dump.h":
            continue
        below = name == "framing/framing.h" and folder == "preload"
        theirs = layer_of(folder, pathlib.Path(name).stem) if "/" not in name else None
        if not below and theirs is None:
            yield f"{path.relative_to(ROOT)}: includes {name}, which is not of its side"
        elif not below and theirs > mine:
            yield f"{path.relative_to(ROOT)}: includes {name}, which is above it"


def main():
    faults = []
    for folder in LAYERS:
        for path in sorted((ROOT / folder).glob("*.[ch]")):
            faults += check(folder, path)
    for path in sorted(ROOT.glob("*/**/*.[ch]")):
        if "build" not in path.parts[len(ROOT.parts)] and "SPDX-License-Identifier: Apache-2.0" not in \
                path.read_text(errors="replace")[:80]:
            faults.append(f"{path.relative_to(ROOT)}: no SPDX line")
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())

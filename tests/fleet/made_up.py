# SPDX-License-Identifier: Apache-2.0
"""Ten thousand reports of five hundred made-up hosts over twenty days: a real report's rows, with another host, day, build and
counts. What happened is known, so that the store's answers can be told from right ones:

- `fetch_rates` leaks since build B, two more each day, on the hosts that fetch rates; build A has the place and does not leak.
- `notify` leaks one in each build, on every tenth host.
- `pool_get` drains four everywhere.
"""
import collections
import datetime
import json

HOSTS, DAYS = 500, 20
BUILD_A, BUILD_B = "aa" * 20, "bb" * 20
FIRST_DAY = datetime.datetime(2026, 3, 1, 4, 0, tzinfo=datetime.timezone.utc)
RATES, NOTIFY, POOL = "fetch_rates (src/rates.c:84)", "notify (src/mail.c:31)", "pool_get (src/pool.c:12)"


def upgraded(host):
    """The day on which it gets build B: they are rolled out in three waves."""
    return 8 + host % 3


def leaked(place, host, day):
    if place == RATES and host % 5 and day >= upgraded(host):
        return 2 * (day - upgraded(host) + 1)
    return int(place == NOTIFY and host % 10 == 0)


def rows(real):
    """`real`: what `--format rows` printed of a process with a leaking place, as objects."""
    place_row = next(r for r in real if r["row"] == "place" and r["leaked"])
    conn_row = next(r for r in real if r["row"] == "connection" and r["verdict"] == "leaked")
    for day in range(DAYS):
        for host in range(HOSTS):
            when = FIRST_DAY + datetime.timedelta(days=day, seconds=host)
            own = {"host": f"orders-{host:03}", "pid": 1000 + host, "exe": "/usr/sbin/orders", "time": moment(when),
                   "started_at": moment(when - datetime.timedelta(hours=4)),
                   "build_id": BUILD_B if day >= upgraded(host) else BUILD_A}
            for place in (RATES, NOTIFY, POOL):
                lost, idle = leaked(place, host, day), 4 if place == POOL else 0
                yield place_row | own | {"place": place, "opened": 100 + lost + idle, "closed": 100, "open_now": lost + idle,
                                         "drained": idle, "leaked": lost}
                for i in range(min(lost, 3)):
                    yield conn_row | own | {"place": place, "id": i + 1, "peer": "10.0.0.7:443" if place == RATES else "10.0.0.9:25"}


def moment(when):
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def write(real, path):
    with open(path, "w") as to:
        for row in rows(real):
            to.write(json.dumps(row) + "\n")


# ---- what is true of them, counted apart from any store

def reports():
    return ((host, day) for day in range(DAYS) for host in range(HOSTS))


def which():
    """place, hosts, leaked: of each host the greatest number of its reports."""
    worst = collections.defaultdict(dict)
    for place in (RATES, NOTIFY):
        for host, day in reports():
            if n := leaked(place, host, day):
                worst[place][host] = max(n, worst[place].get(host, 0))
    found = [(place, len(hosts), sum(hosts.values())) for place, hosts in worst.items()]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def since():
    """place, build, and how many reports before its first leak had it and did not leak."""
    found = []
    for place in (RATES, NOTIFY):
        in_time = sorted(reports(), key=lambda r: (r[1], r[0]))
        first = next(i for i, (host, day) in enumerate(in_time) if leaked(place, host, day))
        host, day = in_time[first]
        found.append((place, BUILD_B if day >= upgraded(host) else BUILD_A, first))
    return found


def trend():
    days = collections.defaultdict(lambda: [set(), 0])
    for place in (RATES, NOTIFY):
        for host, day in reports():
            if n := leaked(place, host, day):
                entry = days[place, (FIRST_DAY + datetime.timedelta(days=day)).strftime("%Y-%m-%d")]
                entry[0].add(host)
                entry[1] += n
    return sorted((place, day, len(hosts), n) for (place, day), (hosts, n) in days.items())

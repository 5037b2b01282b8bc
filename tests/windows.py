#!/usr/bin/env python3
"""Push windows minute by minute over whole years against Python's zoneinfo, which knows nothing of ours.

An instant is inside a window when its local wall-clock time is; the weekday is that of the day on which
the window opens.
"""
import datetime
import os
import subprocess
import sys
import zoneinfo

TOOL = os.path.join(os.environ.get("B", "build/plain"), "tests/windows")
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
CASES = [  # zone, year, windows, black-outs
    ("Europe/Berlin", 2026, ["Mon-Fri 22:00-04:00"], [("2026-12-24", "2027-01-02")]),
    ("Europe/Berlin", 2027, ["02:15-02:45"], []),
    ("America/New_York", 2026, ["Sat,Sun 00:00-24:00", "Wed 01:30-02:30"], []),
    ("America/Sao_Paulo", 2018, ["23:30-00:30"], [("2018-11-04", "2018-11-04")]),
    ("Australia/Lord_Howe", 2026, ["01:45-02:15", "Sun 22:00-03:00"], []),
    ("Asia/Kathmandu", 2026, ["Mon-Thu 23:50-00:10"], []),
    ("Asia/Kolkata", 2026, ["12:00-13:00"], []),
    ("Pacific/Apia", 2011, ["Mon-Fri 22:00-04:00", "Sat 10:00-11:00"], []),
    ("Africa/Casablanca", 2026, ["02:30-03:30", "Fri-Mon 20:00-21:00"], []),
    ("America/St_Johns", 2026, ["Sun 00:01-03:00"], []),
    ("Asia/Gaza", 2026, ["00:30-01:30"], [("2026-03-28", "2026-03-28")]),
    ("Antarctica/Troll", 2026, ["01:00-03:00"], []),
    ("UTC", 2028, ["Sat-Tue 23:00-01:00"], [("2028-02-29", "2028-02-29")]),
]


def parse(window):
    """A window as its opening weekdays, start and end in minutes; end may lie on the next day."""
    days, _, times = window.rpartition(" ")
    allowed = set(range(7)) if not days else set()
    for part in days.split(",") if days else []:
        first, _, last = part.partition("-")
        day = DAYS.index(first)
        allowed.add(day)
        while last and DAYS[day] != last:
            day = (day + 1) % 7
            allowed.add(day)
    start, end = [int(t[:2]) * 60 + int(t[3:]) for t in times.split("-")]
    return allowed, start, end if end > start else end + 1440


def opened_by(local):
    """The (opening date, minute counted from that date's midnight) that a local time may belong to."""
    minute = local.hour * 60 + local.minute
    yield local.date(), minute
    yield local.date() - datetime.timedelta(days=1), minute + 1440


def inside(local, windows, blackouts):
    for date, minute in opened_by(local):
        if any(first <= date.isoformat() <= last for first, last in blackouts):
            continue
        if any(date.weekday() in days and start <= minute < end for days, start, end in windows):
            return True
    return False


def check(zone, year, texts, blackouts):
    first = int(datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
    last = int(datetime.datetime(year + 1, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
    out = subprocess.run([TOOL, zone, str(first), str(last), *texts, *["!%s..%s" % b for b in blackouts]],
                         check=True, capture_output=True, text=True).stdout
    intervals = [tuple(map(int, line.split())) for line in out.splitlines()]
    windows, info, at, differ = [parse(t) for t in texts], zoneinfo.ZoneInfo(zone), 0, 0
    for now in range(first, last, 60):
        while at < len(intervals) and intervals[at][1] <= now:
            at += 1
        ours = at < len(intervals) and intervals[at][0] <= now
        local = datetime.datetime.fromtimestamp(now, info)
        if ours != inside(local, windows, blackouts):
            differ += 1
            if differ <= 5:
                print("%s: %s (%d): ours says %s" % (zone, local, now, "inside" if ours else "outside"))
    print("%-20s %d: %d minutes, %d intervals, %d differ"
          % (zone, year, (last - first) // 60, len(intervals), differ))
    return differ


sys.exit(1 if sum(check(*case) for case in CASES) else 0)

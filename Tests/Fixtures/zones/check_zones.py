"""Compares what another program knows about timezones with Python's zoneinfo.

usage: check_zones.py FILE FIRST END

FILE has a line for each zone, with four fields separated by tabs:
  name  offset at FIRST  changes of it in [FIRST, END) as INSTANT:OFFSET  local times as LOCAL:INSTANT
Items are separated by spaces. All numbers are seconds; LOCAL counts from 1970-01-01T00:00:00 on the local clock, and
INSTANT is when the clock shows it first, or what it means by the offset before it if clocks jump over it.

Prints the differences, and in its last line how many zones, changes and local times were compared.

How changes are found: zoneinfo's answer can change only at the times in the zone's file and, after the last of these,
where the rule in the file's footer says. Both sides of every time in the file are looked at. The rule changes the offset
twice a year; an offset that lasts a week or longer does not slip through the weekly looks, and what differs between two
looks is narrowed down to the second. A rule of which one half of the year lasts less than a week would need closer looks.
"""

import os
import struct
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

WEEK = 7 * 86400
EPOCH = datetime(1970, 1, 1)


def seconds(offset):
    return offset.days * 86400 + offset.seconds


def times_in_file(name):
    """The 64-bit transition times (RFC 9636, section 3)."""
    with open(os.path.join(os.environ["PYTHONTZPATH"], name), "rb") as file:
        data = file.read()
    counts = struct.unpack(">6l", data[20:44])
    utc, standard, leap, times, types, text = counts
    second = 44 + times * 5 + types * 6 + text + leap * 8 + standard + utc
    times = struct.unpack(">l", data[second + 32:second + 36])[0]
    return struct.unpack(f">{times}q", data[second + 44:second + 44 + 8 * times])


def find_changes(name, offset, first, end):
    looks = set(range(first, end, WEEK)) | {end - 1}
    for time in times_in_file(name):
        looks.update((time - 1, time))
    looks = sorted(look for look in looks if first <= look < end)
    changes = []
    before, known = first, offset(first)
    for look in looks:
        now = offset(look)
        if now != known:
            low, high = before, look
            while high - low > 1:
                middle = (low + high) // 2
                if offset(middle) == known:
                    low = middle
                else:
                    high = middle
            changes.append((high, now))
        before, known = look, now
    return changes


def pairs(text):
    return [tuple(map(int, item.split(":"))) for item in text.split()]


def check(line, first, end):
    """The differences in one zone, and how much was compared."""
    name, start, changes, readings = line.rstrip("\n").split("\t")
    zone = ZoneInfo(name)

    def offset(instant):
        return seconds(datetime.fromtimestamp(instant, zone).utcoffset())

    differences = []
    if offset(first) != int(start):
        differences.append(f"{name}: the offset at {first} is {offset(first)}, not {start}")
    claimed, found = set(pairs(changes)), set(find_changes(name, offset, first, end))
    differences += [f"{name}: {change} is missing" for change in sorted(found - claimed)]
    differences += [f"{name}: {change} does not happen" for change in sorted(claimed - found)]
    readings = pairs(readings)
    for local, instant in readings:
        # fold is 0: the first of two, or the offset before a gap.
        expected = local - seconds((EPOCH + timedelta(seconds=local)).replace(tzinfo=zone).utcoffset())
        if expected != instant:
            differences.append(f"{name}: local time {local} is {expected}, not {instant}")
    return differences, len(claimed), len(readings)


def main():
    path, first, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    zones = change_count = reading_count = difference_count = 0
    with open(path, encoding="ascii") as file:
        for line in file:
            differences, changes, readings = check(line, first, end)
            for difference in differences[:5]:
                print(difference)
            zones += 1
            change_count += changes
            reading_count += readings
            difference_count += len(differences)
    print(f"{zones} zones, {change_count} changes, {reading_count} local times, {difference_count} differences")


main()

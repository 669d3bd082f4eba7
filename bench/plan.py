"""The calendar of a query, worked out independently of the product: what the rivals need to know about ticks and rates."""

import bisect
import datetime as dt
from zoneinfo import ZoneInfo

EPOCH = 631_152_000  # 1990-01-01T00:00:00Z
TICK = 900


def local_to_utc(naive: dt.datetime, zone: ZoneInfo) -> int:
    """Seconds since 1970. A time that exists twice means the first; one in a gap moves forward by the gap's length."""
    return int(naive.replace(tzinfo=zone, fold=0).timestamp())


def months_earlier(naive: dt.datetime, months: int) -> dt.datetime:
    index = naive.year * 12 + naive.month - 1 - months
    year, month = divmod(index, 12)
    following = dt.datetime(year + (month == 11), (month + 1) % 12 + 1, 1)
    return naive.replace(year=year, month=month + 1, day=min(naive.day, (following - dt.timedelta(days=1)).day))


class Plan:
    """Buckets `[start, end)` with their evaluation instants and the starts of their active windows."""

    def __init__(self, start: dt.date, last: dt.date, timezone: str, unit: str | None, active_months: int,
                 ledger_first: int, ledger_through: int):
        """`start` and `last` are local dates; `ledger_first` and `ledger_through` limit the actual interval (seconds)."""
        zone = ZoneInfo(timezone)
        midnight = lambda day: local_to_utc(dt.datetime.combine(day, dt.time()), zone)
        self.start = midnight(start)
        self.end = midnight(last + dt.timedelta(days=1))
        self.actual = (max(self.start, ledger_first), min(self.end, ledger_through))
        self.labels: list[str] = []
        limits: list[int] = []
        day = start
        while day <= last:
            label = {"year": f"{day:%Y}", "month": f"{day:%Y-%m}", "date": f"{day:%Y-%m-%d}", None: ""}[unit]
            if not self.labels or label != self.labels[-1]:
                self.labels.append(label)
                limits.append(midnight(day))
            day += dt.timedelta(days=1)
        self.starts = limits
        self.ends = limits[1:] + [self.end]
        self.instants = [min(end, self.end, ledger_through) for end in self.ends]
        self.windows = []
        for instant in self.instants:
            naive = dt.datetime.fromtimestamp(instant, zone).replace(tzinfo=None)
            self.windows.append(local_to_utc(months_earlier(naive, active_months), zone))
        self.shown = [s < self.actual[1] and e > self.actual[0] for s, e in zip(self.starts, self.ends)]

    def ticks(self, first: int, last: int):
        """Rows (tick, first, flow, until) for all ticks from that of second `first` to that of second `last`."""
        for tick in range((first - EPOCH) // TICK, (last - EPOCH) // TICK + 1):
            second = tick * TICK + EPOCH
            inside = self.actual[0] <= second < self.actual[1]
            flow = bisect.bisect_right(self.starts, second) - 1 if inside else None
            yield tick, bisect.bisect_right(self.instants, second), flow, bisect.bisect_right(self.windows, second)

    def stock_rates(self, rates: "Rates", currencies: list[tuple[int, str]], target: str):
        """Rows (bucket, currency, rate) of the last instants before the evaluation instants."""
        for bucket, instant in enumerate(self.instants):
            for id, code in currencies:
                yield bucket, id, rates.cross(code, target, utc_ordinal(instant - 1))

    def flow_rates(self, rates: "Rates", currencies: list[tuple[int, str]], target: str):
        """Rows (day, currency, rate) of the UTC days of the actual interval; day 0 is 1990-01-01."""
        for day in range((self.actual[0] - EPOCH) // 86_400, (self.actual[1] - 1 - EPOCH) // 86_400 + 1):
            for id, code in currencies:
                yield day, id, rates.cross(code, target, utc_ordinal(day * 86_400 + EPOCH))


class Rates:
    """Exact cross rates in units of 10^-12."""

    def __init__(self, base: str, rows: list[tuple[str, dt.date, int]]):
        self.base = base
        self.dates: dict[str, list[int]] = {}
        self.rates: dict[str, list[int]] = {}
        for currency, date, rate in sorted(rows):
            self.dates.setdefault(currency, []).append(date.toordinal())
            self.rates.setdefault(currency, []).append(rate)

    def rate(self, currency: str, day: int) -> int:
        """In 10^-12; `day` is a proleptic ordinal. Before the first rate, the first one."""
        if currency == self.base:
            return 10**12
        at = bisect.bisect_right(self.dates[currency], day) - 1
        return self.rates[currency][max(at, 0)]

    def cross(self, currency: str, target: str, day: int) -> int:
        if currency == target:
            return 10**12
        return half_even(self.rate(currency, day) * 10**12, self.rate(target, day))


def half_even(numerator: int, denominator: int) -> int:
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))


def decimal(units: int, divisor: int = 1) -> str:
    """`units / divisor` times 10^-18, rounded half-even once to 6 fractional digits; no minus sign on zero."""
    scaled = half_even(abs(units), divisor * 10**12)
    text = f"{scaled // 10**6}.{scaled % 10**6:06d}"
    return "-" + text if units < 0 and scaled else text


def utc_ordinal(second: int) -> int:
    return dt.date(1970, 1, 1).toordinal() + second // 86_400

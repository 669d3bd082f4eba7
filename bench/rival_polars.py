"""polars: everything in memory, sorted by client and time, and one running sum over all clients.

The prose of sql/duckdb/states.sql and report.sql holds here as well: what each state adds to the groups from its bucket on.
"""

import polars as pl
from polars import col

from tables import Tables

GROUPS = ("active", "active_pos", "active_sum", "ever", "ever_pos", "ever_sum", "all", "all_pos", "all_sum")
#: Name, kind of the transactions, and whether they are counted or added.
FLOWS = (("refill_qty", 0, True), ("refill", 0, False), ("payg", 1, False), ("activation_qty", 3, True),
         ("activation", 3, False), ("renew_qty", 4, True), ("renew", 4, False))
#: Stands for the bucket after all buckets.
NEVER = 32_000


class Rival:
    version = pl.__version__

    def __init__(self, tables: Tables, threads: int):
        if pl.thread_pool_size() > threads:
            raise ValueError(f"polars started {pl.thread_pool_size()} threads; POLARS_MAX_THREADS={threads} sets them")
        self.events = pl.read_parquet(tables.path("events"), columns=["client", "tick", "kind", "amount"]).rechunk()
        # Clients are numbered from 1 without gaps: their number less 1 is their row. `start` and `end` are those of their events.
        counts = self.events.group_by("client").len("count")
        self.clients = pl.read_parquet(tables.path("clients")).sort("id").join(
            counts, left_on="id", right_on="client", how="left", maintain_order="left").with_columns(
            end=col("count").fill_null(0).cast(pl.Int64).cum_sum()).with_columns(start=col("end").shift(1, fill_value=0))
        self.numbers = dict(zip(self.clients["key"], self.clients["id"]))

    def prepare(self, calendar):
        rates = {"currency": pl.Int8, "rate": pl.Int64}
        self.stock_rates = pl.DataFrame(calendar.stock_rates, orient="row", schema={"bucket": pl.Int16} | rates)
        self.flow_rates = pl.DataFrame(calendar.flow_rates, orient="row", schema={"day": pl.Int32} | rates)
        self.base = calendar.ticks[0][0]
        ticks = pl.DataFrame(calendar.ticks, orient="row", schema={
            "tick": pl.Int32, "first": pl.Int16, "flow": pl.Int16, "until": pl.Int16}).with_columns(day=col("tick") // 96)
        # A cell is a bucket's part of a day, the finest that flows have to be told apart by.
        self.ticks = ticks.with_columns(cell=pl.struct("flow", "day").rle_id().cast(pl.Int32))
        self.cells = self.ticks.select("cell", "day", bucket="flow").unique().drop_nulls()

    def at(self, name: str, tick: pl.Expr) -> pl.Expr:
        return pl.lit(self.ticks[name]).gather(tick - self.base)

    def report(self, plan, query) -> list[tuple]:
        buckets = len(plan.labels)
        people = self.clients.lazy().select(
            "id", "currency", "start", "end", first=self.at("first", col("created")),
            last=self.at("first", col("closed")).fill_null(buckets)).collect()
        events = self.events.lazy()
        events = self.events
        if query.owner:
            people = people[self.below(query.owner)]
            events = events[people.select(pl.int_ranges("start", "end").explode(empty_as_null=False)).to_series()]
        states = self.states(people, events.lazy())
        grouped, closing, sums = pl.collect_all(
            [self.grouped(states), self.closing(states, buckets), self.flow_sums(people, events.lazy())], engine="streaming")
        stocks = self.stocks(self.differences(people, grouped, closing))
        return stocks.join(self.flows(sums), on="bucket", how="left", maintain_order="left").rows()

    def below(self, owner: str) -> pl.Series:
        """Rows of the clients that a reseller owns, directly or through others."""
        levels = [pl.Series([self.numbers[owner]], dtype=self.clients["id"].dtype)]
        while len(levels[-1]):
            levels.append(self.clients.filter(col("owner").is_in(levels[-1].implode()))["id"])
        return pl.concat(levels[1:]).sort() - 1

    def of_client(self, people: pl.DataFrame, name: str) -> pl.Expr:
        """A column of `people` for each event. In a full-length column, so that a client's number leads to it."""
        if len(people) < len(self.clients):
            whole = self.clients.select("id").join(people, on="id", how="left", maintain_order="left")[name]
        else:
            whole = people[name]
        return pl.lit(whole).gather(col("client") - 1)

    def states(self, people: pl.DataFrame, events: pl.LazyFrame) -> pl.LazyFrame:
        """Each client's state from a bucket on, until its `next`: its balance, and until when it is active (-1: never was);
        and what both were before."""
        kind, amount = col("kind"), col("amount")
        is_paid = (kind == 2) | (kind.is_in([1, 3, 4]) & (amount > 0))
        is_first = col("client") != col("client").shift(1, fill_value=0)
        is_last = col("client") != col("client").shift(-1, fill_value=0)
        changes = events.select(
            "client", last=self.of_client(people, "last"),
            bucket=pl.max_horizontal(self.at("first", col("tick")), self.of_client(people, "first")),
            until=pl.when(is_paid).then(self.at("until", col("tick"))),
            delta=pl.when(kind.is_in([0, 5])).then(amount).otherwise(-amount),
        ).filter(col("bucket") < col("last"))
        # Of each client and bucket the last row, with the sum over all rows of all clients so far.
        running = changes.select(
            "client", "last", "bucket", total=col("delta").cum_sum(),
            until=pl.coalesce("until", pl.when(is_first).then(pl.lit(-1, pl.Int16))).forward_fill(),
            is_kept=is_last | (col("bucket") != col("bucket").shift(-1, fill_value=NEVER))).filter("is_kept")
        balances = running.select(
            "last", "bucket", "until", currency=self.of_client(people, "currency"), is_first=is_first, is_last=is_last,
            balance=col("total") - pl.when(is_first).then(col("total").shift(1, fill_value=0)).forward_fill())
        return balances.with_columns(
            old_balance=pl.when(~col("is_first")).then(col("balance").shift(1)).otherwise(0),
            old_until=pl.when(~col("is_first")).then(col("until").shift(1)).otherwise(pl.lit(-1, pl.Int16)),
            next=pl.when(~col("is_last")).then(col("bucket").shift(-1)).otherwise(pl.lit(NEVER, pl.Int16)))

    def grouped(self, states: pl.LazyFrame) -> pl.LazyFrame:
        """What the states change from their buckets on, by the bucket in which being active ends before the next state."""
        until, old_until, balance, old = col("until"), col("old_until"), col("balance"), col("old_balance")
        positive, old_positive = balance.clip(0), old.clip(0)
        is_active, was_active, is_ever, was_ever = until > col("bucket"), old_until > col("bucket"), until >= 0, old_until >= 0
        ends = is_active & (col("next") >= until) & (until <= col("last"))
        return states.group_by("currency", "bucket", expiry=pl.when(ends).then(until)).agg(
            active=number(is_active) - number(was_active),
            active_pos=added(positive, is_active) - added(old_positive, was_active),
            active_sum=added(balance, is_active) - added(old, was_active),
            ever=number(is_ever) - number(was_ever), ever_pos=added(positive, is_ever) - added(old_positive, was_ever),
            ever_sum=added(balance, is_ever) - added(old, was_ever),
            all_pos=(positive - old_positive).sum(), all_sum=(balance - old).sum(),
            expiring=pl.len().cast(pl.Int64), expiring_pos=positive.sum(), expiring_sum=balance.sum())

    def closing(self, states: pl.LazyFrame, buckets: int) -> pl.LazyFrame:
        """What leaves the population with the accounts that are closed."""
        balance, is_active, is_ever = col("balance"), col("until") > col("last"), col("until") >= 0
        positive = balance.clip(0)
        return states.filter(col("is_last") & (col("last") < buckets)).group_by("currency", bucket="last").agg(
            active=-number(is_active), active_pos=-added(positive, is_active), active_sum=-added(balance, is_active),
            ever=-number(is_ever), ever_pos=-added(positive, is_ever), ever_sum=-added(balance, is_ever),
            all_pos=-positive.sum(), all_sum=-balance.sum())

    def differences(self, people: pl.DataFrame, grouped: pl.DataFrame, closing: pl.DataFrame) -> pl.LazyFrame:
        """What the clients add to the three groups from a bucket on, by currency."""
        expiring = grouped.filter(col("expiry").is_not_null()).select(
            "currency", bucket="expiry", active=-col("expiring"), active_pos=-col("expiring_pos"), active_sum=-col("expiring_sum"))
        members = people.filter(col("first") < col("last"))
        opened = members.group_by("currency", bucket="first").agg(all=pl.len().cast(pl.Int64))
        closed = members.group_by("currency", bucket="last").agg(all=-pl.len().cast(pl.Int64))
        return pl.concat([grouped.drop("expiry", "expiring", "expiring_pos", "expiring_sum"), expiring, closing, opened, closed],
                         how="diagonal").lazy()

    def stocks(self, differences: pl.LazyFrame) -> pl.DataFrame:
        """The groups of each bucket, converted."""
        steps = self.stock_rates.lazy().join(
            differences.group_by("bucket", "currency").agg(col(GROUPS).sum()), on=["bucket", "currency"], how="left")
        levels = steps.sort("bucket").select("bucket", "rate", col(GROUPS).fill_null(0).cum_sum().over("currency"))
        return levels.select("bucket", *(
            col(name) if name in ("active", "ever", "all") else col(name).cast(pl.Int128) * col("rate") for name in GROUPS
        )).group_by("bucket").sum().sort("bucket").collect()

    def flow_sums(self, people: pl.DataFrame, events: pl.LazyFrame) -> pl.LazyFrame:
        # One number for cell, currency and kind, which groups faster than three columns.
        key = (self.at("cell", col("tick")) * 128 + self.of_client(people, "currency")) * 8 + col("kind")
        return events.group_by(key=key).agg(count=pl.len().cast(pl.Int64), sum=col("amount").sum())

    def flows(self, sums: pl.DataFrame) -> pl.DataFrame:
        """The flows of each bucket that has any, converted."""
        cells = sums.select(
            "count", "sum", kind=col("key") % 8, currency=(col("key") // 8 % 128).cast(pl.Int8), cell=col("key") // 1024
        ).join(self.cells, on="cell").join(self.flow_rates, on=["day", "currency"])
        converted = col("sum").cast(pl.Int128) * col("rate")
        return cells.group_by("bucket").agg(
            (col("count") if is_count else converted).filter(col("kind") == kind).sum().alias(name)
            for name, kind, is_count in FLOWS)

    def size(self) -> int:
        return self.events.estimated_size()


def number(condition: pl.Expr) -> pl.Expr:
    return condition.cast(pl.Int64).sum()


def added(value: pl.Expr, condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value).otherwise(pl.lit(0, pl.Int64)).sum()

-- What each report begins with. Small tables made from the query's calendar beforehand:
--   ticks(tick, first, flow, until): the first bucket whose evaluation instant is after the tick; the bucket that its
--     flows belong to (NULL outside the period); the first bucket in which a paid use there no longer makes active.
--   stock_rates(bucket, currency, rate), flow_rates(day, currency, rate): cross rates in 10^-12; day = tick // 96.
-- people: clients that pass the filters, with the buckets [first, last) whose population they belong to.
-- states: each client's state from a bucket on, until its next row: balance, and until when it is active; its currency and
--   the end of its population.
-- What is after a closing is left out last: a condition on both tables would slow down the join of events and people.
-- Windows without PARTITION BY run over rows in client order, as a stream, which takes DuckDB a third of the time of
-- partitioned ones; that the order of a sorted subquery is kept is its documented default (preserve_insertion_order).
WITH people AS MATERIALIZED (
    SELECT c.id, c.currency, created.first AS first, coalesce(closed.first, {buckets}) AS last
    FROM clients c
    JOIN ticks created ON created.tick = c.created
    LEFT JOIN ticks closed ON closed.tick = c.closed
    WHERE {filter}
),
changes AS MATERIALIZED (
    SELECT * FROM (
        SELECT e.client, greatest(t.first, p.first) AS bucket,
            max(t.until) FILTER (kind = 2 OR (amount > 0 AND kind BETWEEN 1 AND 4)) AS until,
            sum(CASE WHEN kind BETWEEN 1 AND 4 THEN -amount ELSE amount END)::BIGINT AS delta
        FROM events e
        JOIN ticks t USING (tick)
        JOIN people p ON p.id = e.client
        GROUP BY ALL)
    ORDER BY client, bucket
),
-- What the running sum over all clients was before each client's first row.
bases AS (
    SELECT client, p.currency, p.last, (sum(total) OVER (ORDER BY client ROWS UNBOUNDED PRECEDING) - total)::BIGINT AS base
    FROM (SELECT client, sum(delta) AS total FROM changes GROUP BY client) JOIN people p ON p.id = client
),
running AS (
    SELECT client, bucket, delta, (sum(delta) OVER (ROWS UNBOUNDED PRECEDING))::BIGINT AS total,
        max(CASE WHEN until IS NOT NULL THEN client::BIGINT * 65536 + until END) OVER (ROWS UNBOUNDED PRECEDING) AS reach,
        lead(client) OVER () AS next_client, lead(bucket) OVER () AS next_bucket
    FROM changes
),
lagging AS (SELECT *, lag(reach) OVER () AS old_reach FROM running),
states AS (
    SELECT client, currency, last, bucket, delta, total - base AS balance,
        CASE WHEN reach // 65536 = client THEN reach % 65536 END AS until,
        CASE WHEN old_reach // 65536 = client THEN old_reach % 65536 END AS old_until,
        CASE WHEN next_client = client AND next_bucket < last THEN next_bucket END AS next
    FROM lagging JOIN bases USING (client)
    WHERE bucket < last
)

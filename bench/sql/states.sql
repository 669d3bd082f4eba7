-- What each report begins with. Small tables made from the query's calendar beforehand:
--   ticks(tick, first, flow, until): the first bucket whose evaluation instant is after the tick; the bucket that its
--     flows belong to (NULL outside the period); the first bucket in which a paid use there no longer makes active.
--   stock_rates(bucket, currency, rate), flow_rates(day, currency, rate): cross rates in 10^-12; day = tick // 96.
-- people: clients that pass the filters, with the buckets [first, last) whose population they belong to.
-- states: each client's state from a bucket on, until its next row: balance, and until when it is active.
WITH people AS MATERIALIZED (
    SELECT c.id, c.currency, created.first AS first, coalesce(closed.first, {buckets}) AS last
    FROM clients c
    JOIN ticks created ON created.tick = c.created
    LEFT JOIN ticks closed ON closed.tick = c.closed
    WHERE {filter}
),
changes AS (
    SELECT e.client, greatest(t.first, p.first) AS bucket,
        max(CASE WHEN kind = 2 OR (kind IN (1, 3, 4) AND amount > 0) THEN t.until END) AS until,
        sum(CASE WHEN kind IN (0, 5) THEN amount ELSE -amount END)::BIGINT AS delta
    FROM events e
    JOIN ticks t USING (tick)
    JOIN people p ON p.id = e.client
    WHERE greatest(t.first, p.first) < p.last
    GROUP BY ALL
),
states AS (
    SELECT client, bucket, delta, (sum(delta) OVER so_far)::BIGINT AS balance, max(until) OVER so_far AS until,
        max(until) OVER before AS old_until, lead(bucket) OVER so_far AS next
    FROM changes
    WINDOW so_far AS (PARTITION BY client ORDER BY bucket ROWS UNBOUNDED PRECEDING),
        before AS (PARTITION BY client ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)

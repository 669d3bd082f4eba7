-- The three groups by bucket and currency, not yet converted: SQLite's integers have 64 bits. What the parts are for is said in
-- sql/duckdb; CROSS JOIN keeps SQLite from any other order of the loops.
WITH changes AS (
    SELECT p.id AS client, p.currency AS currency, p.last AS last, max(t.first, p.first) AS bucket,
        max(CASE WHEN kind = 2 OR (kind IN (1, 3, 4) AND amount > 0) THEN t.until END) AS until,
        sum(CASE WHEN kind IN (0, 5) THEN amount ELSE -amount END) AS delta
    FROM people p CROSS JOIN events e ON e.client = p.id CROSS JOIN ticks t ON t.tick = e.tick
    WHERE max(t.first, p.first) < p.last
    GROUP BY p.id, max(t.first, p.first)
),
states AS MATERIALIZED (
    SELECT currency, last, bucket, sum(delta) OVER now AS balance, delta, coalesce(max(until) OVER now, -1) AS until,
        coalesce(max(until) OVER before, -1) AS old_until, lead(bucket) OVER now AS next
    FROM changes
    WINDOW now AS (PARTITION BY client ORDER BY bucket ROWS UNBOUNDED PRECEDING),
        before AS (PARTITION BY client ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
grouped AS MATERIALIZED (
    SELECT currency, bucket,
        CASE WHEN until > bucket AND coalesce(next >= until, 1) AND until <= last THEN until END AS expiry,
        sum((until > bucket) - (old_until > bucket)) AS active,
        sum((until > bucket) * max(balance, 0) - (old_until > bucket) * max(balance - delta, 0)) AS active_pos,
        sum((until > bucket) * balance - (old_until > bucket) * (balance - delta)) AS active_sum,
        sum((until >= 0) - (old_until >= 0)) AS ever,
        sum((until >= 0) * max(balance, 0) - (old_until >= 0) * max(balance - delta, 0)) AS ever_pos,
        sum((until >= 0) * balance - (old_until >= 0) * (balance - delta)) AS ever_sum,
        sum(max(balance, 0) - max(balance - delta, 0)) AS all_pos, sum(delta) AS all_sum,
        count(*) AS n, sum(max(balance, 0)) AS pos, sum(balance) AS bal
    FROM states GROUP BY 1, 2, 3
),
-- With a row for each bucket and currency, so that the running sums below need no join.
differences (bucket, currency, rate, active, active_pos, active_sum, ever, ever_pos, ever_sum, "all", all_pos, all_sum) AS (
    SELECT bucket, currency, 0, active, active_pos, active_sum, ever, ever_pos, ever_sum, 0, all_pos, all_sum FROM grouped
    UNION ALL
    SELECT expiry, currency, 0, -n, -pos, -bal, 0, 0, 0, 0, 0, 0 FROM grouped WHERE expiry IS NOT NULL
    UNION ALL
    SELECT last, currency, 0, -sum(until > last), -sum((until > last) * max(balance, 0)), -sum((until > last) * balance),
        -sum(until >= 0), -sum((until >= 0) * max(balance, 0)), -sum((until >= 0) * balance), 0,
        -sum(max(balance, 0)), -sum(balance)
    FROM states WHERE next IS NULL AND last < {buckets} GROUP BY 1, 2
    UNION ALL
    SELECT first, currency, 0, 0, 0, 0, 0, 0, 0, count(*), 0, 0 FROM people WHERE first < last GROUP BY 1, 2
    UNION ALL
    SELECT last, currency, 0, 0, 0, 0, 0, 0, 0, -count(*), 0, 0 FROM people WHERE first < last GROUP BY 1, 2
    UNION ALL
    SELECT bucket, currency, rate, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM stock_rates
),
steps AS (
    SELECT bucket, currency, sum(rate) AS rate, sum(active) AS active, sum(active_pos) AS active_pos,
        sum(active_sum) AS active_sum, sum(ever) AS ever, sum(ever_pos) AS ever_pos, sum(ever_sum) AS ever_sum,
        sum("all") AS "all", sum(all_pos) AS all_pos, sum(all_sum) AS all_sum
    FROM differences WHERE bucket < {buckets} GROUP BY bucket, currency
)
SELECT bucket, rate, sum(active) OVER w, sum(active_pos) OVER w, sum(active_sum) OVER w, sum(ever) OVER w,
    sum(ever_pos) OVER w, sum(ever_sum) OVER w, sum("all") OVER w, sum(all_pos) OVER w, sum(all_sum) OVER w
FROM steps
WINDOW w AS (PARTITION BY currency ORDER BY bucket ROWS UNBOUNDED PRECEDING)

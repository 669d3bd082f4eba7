-- A report without package grouping. Each state changes what its client adds to the three groups from its bucket on;
-- being active ends by itself, belonging to the population when the account is closed. Running sums over the buckets
-- then give every row. `states` is read only once, since DuckDB would compute it for each reader.
, grouped AS MATERIALIZED (
    SELECT currency, bucket,
        CASE WHEN until > bucket AND (next IS NULL OR next >= until) AND until <= last THEN until END AS expiry,
        CASE WHEN next IS NULL AND last < {buckets} THEN last END AS closing,
        CASE WHEN closing IS NOT NULL THEN until > last END AS closes_active,
        CASE WHEN closing IS NOT NULL THEN until IS NOT NULL END AS closes_ever,
        sum((coalesce(until, 0) > bucket)::INT - (coalesce(old_until, 0) > bucket)::INT) AS active,
        sum(CASE WHEN until > bucket THEN greatest(balance, 0) ELSE 0 END
            - CASE WHEN old_until > bucket THEN greatest(balance - delta, 0) ELSE 0 END) AS active_pos,
        sum(CASE WHEN until > bucket THEN balance ELSE 0 END
            - CASE WHEN old_until > bucket THEN balance - delta ELSE 0 END) AS active_sum,
        sum((until IS NOT NULL)::INT - (old_until IS NOT NULL)::INT) AS ever,
        sum(CASE WHEN until IS NOT NULL THEN greatest(balance, 0) ELSE 0 END
            - CASE WHEN old_until IS NOT NULL THEN greatest(balance - delta, 0) ELSE 0 END) AS ever_pos,
        sum(CASE WHEN until IS NOT NULL THEN balance ELSE 0 END
            - CASE WHEN old_until IS NOT NULL THEN balance - delta ELSE 0 END) AS ever_sum,
        sum(greatest(balance, 0) - greatest(balance - delta, 0)) AS all_pos, sum(delta) AS all_sum,
        count(*) AS ending, sum(greatest(balance, 0)) AS ending_pos, sum(balance) AS ending_sum
    FROM states GROUP BY ALL
),
differences AS (
    SELECT 0 AS "all", currency, bucket, active, active_pos, active_sum, ever, ever_pos, ever_sum, all_pos, all_sum FROM grouped
    UNION ALL BY NAME
    SELECT currency, expiry AS bucket, -ending AS active, -ending_pos AS active_pos, -ending_sum AS active_sum
    FROM grouped WHERE expiry IS NOT NULL
    UNION ALL BY NAME
    SELECT currency, closing AS bucket, -ending AS active, -ending_pos AS active_pos, -ending_sum AS active_sum
    FROM grouped WHERE closes_active
    UNION ALL BY NAME
    SELECT currency, closing AS bucket, -ending AS ever, -ending_pos AS ever_pos, -ending_sum AS ever_sum
    FROM grouped WHERE closes_ever
    UNION ALL BY NAME
    SELECT currency, closing AS bucket, -ending_pos AS all_pos, -ending_sum AS all_sum FROM grouped WHERE closing IS NOT NULL
    UNION ALL BY NAME
    SELECT currency, first AS bucket, 1 AS "all" FROM people WHERE first < last
    UNION ALL BY NAME
    SELECT currency, last AS bucket, -1 AS "all" FROM people WHERE first < last AND last < {buckets}
),
steps AS (
    SELECT r.bucket, r.currency, any_value(r.rate) AS rate, sum(active) AS active, sum(active_pos) AS active_pos,
        sum(active_sum) AS active_sum, sum(ever) AS ever, sum(ever_pos) AS ever_pos, sum(ever_sum) AS ever_sum,
        sum("all") AS "all", sum(all_pos) AS all_pos, sum(all_sum) AS all_sum
    FROM stock_rates r LEFT JOIN differences d USING (bucket, currency) GROUP BY ALL
),
levels AS (
    SELECT bucket, rate, sum(active) OVER w AS active, sum(active_pos) OVER w AS active_pos,
        sum(active_sum) OVER w AS active_sum, sum(ever) OVER w AS ever, sum(ever_pos) OVER w AS ever_pos,
        sum(ever_sum) OVER w AS ever_sum, sum("all") OVER w AS "all", sum(all_pos) OVER w AS all_pos,
        sum(all_sum) OVER w AS all_sum
    FROM steps WINDOW w AS (PARTITION BY currency ORDER BY bucket)
),
stocks AS (
    SELECT bucket, coalesce(sum(active), 0)::BIGINT AS active_qty,
        coalesce(sum(active_pos::HUGEINT * rate), 0) AS active_pos,
        coalesce(sum(active_sum::HUGEINT * rate), 0) AS active_sum, coalesce(sum(ever), 0)::BIGINT AS ever_qty,
        coalesce(sum(ever_pos::HUGEINT * rate), 0) AS ever_pos, coalesce(sum(ever_sum::HUGEINT * rate), 0) AS ever_sum,
        coalesce(sum("all"), 0)::BIGINT AS all_qty, coalesce(sum(all_pos::HUGEINT * rate), 0) AS all_pos,
        coalesce(sum(all_sum::HUGEINT * rate), 0) AS all_sum
    FROM levels GROUP BY bucket
),
sums AS (
    SELECT t.flow AS bucket, p.currency, e.tick // 96 AS day, count(*) FILTER (kind = 0) AS refill_qty,
        sum(amount) FILTER (kind = 0) AS refill, sum(amount) FILTER (kind = 1) AS payg,
        count(*) FILTER (kind = 3) AS activation_qty, sum(amount) FILTER (kind = 3) AS activation,
        count(*) FILTER (kind = 4) AS renew_qty, sum(amount) FILTER (kind = 4) AS renew
    FROM events e JOIN ticks t USING (tick) JOIN people p ON p.id = e.client
    WHERE t.flow IS NOT NULL GROUP BY ALL
),
flows AS (
    SELECT bucket, sum(refill_qty) AS refill_qty, sum(refill::HUGEINT * rate) AS refill,
        sum(payg::HUGEINT * rate) AS payg, sum(activation_qty) AS activation_qty,
        sum(activation::HUGEINT * rate) AS activation, sum(renew_qty) AS renew_qty, sum(renew::HUGEINT * rate) AS renew
    FROM sums JOIN flow_rates USING (day, currency) GROUP BY bucket
)
SELECT * FROM stocks LEFT JOIN flows USING (bucket) ORDER BY bucket

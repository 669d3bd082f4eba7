-- A report with package grouping. Package -1 stands for "no package". Memberships are disjoint stretches per client and
-- package: of buckets for the three groups, of seconds for refills and usage.
, spans AS (
    SELECT s.client, s.package, greatest(b.first, p.first) AS first, least(coalesce(e.first, {buckets}), p.last) AS last,
        started, coalesce(ended, 9223372036854775807) AS ended
    FROM subscriptions s
    JOIN people p ON p.id = s.client
    LEFT JOIN ticks b ON b.tick = (s.started - 631152000) // 900
    LEFT JOIN ticks e ON e.tick = (s.ended - 631152000) // 900
),
-- Overlapping stretches of one package are merged: a new one begins where none that began before reaches.
bucket_spans AS (
    SELECT client, package, min(first) AS first, max(last) AS last
    FROM (
        SELECT *, sum((reach IS NULL OR reach < first)::INT) OVER (PARTITION BY client, package ORDER BY first, last) AS run
        FROM (
            SELECT *, max(last) OVER (PARTITION BY client, package ORDER BY first, last
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
            FROM spans WHERE first < last))
    GROUP BY client, package, run
),
second_spans AS (
    SELECT client, package, min(started) AS first, max(ended) AS last
    FROM (
        SELECT *, sum((reach IS NULL OR reach < started)::INT)
            OVER (PARTITION BY client, package ORDER BY started, ended) AS run
        FROM (
            SELECT *, max(ended) OVER (PARTITION BY client, package ORDER BY started, ended
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
            FROM spans WHERE started < ended))
    GROUP BY client, package, run
),
-- Where no package reaches: before the first stretch, between two, and after the last.
bucket_gaps AS (
    SELECT client, -1 AS package, coalesce(reach, start) AS first, first AS last
    FROM (
        SELECT client, first, start, max(last) OVER (PARTITION BY client ORDER BY first, last
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
        FROM (
            SELECT s.client, s.first, s.last, p.first AS start FROM bucket_spans s JOIN people p ON p.id = s.client
            UNION ALL
            SELECT id, last, last, first FROM people WHERE first < last))
    WHERE coalesce(reach, start) < first
),
second_gaps AS (
    SELECT client, -1 AS package, coalesce(reach, 0) AS first, first AS last
    FROM (
        SELECT client, first, max(last) OVER (PARTITION BY client ORDER BY first, last
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
        FROM (
            SELECT client, first, last FROM second_spans
            UNION ALL
            SELECT id, 9223372036854775807, 9223372036854775807 FROM people))
    WHERE coalesce(reach, 0) < first
),
bucket_members AS MATERIALIZED (FROM bucket_spans UNION ALL FROM bucket_gaps),
second_members AS MATERIALIZED (FROM second_spans UNION ALL FROM second_gaps),
parts AS MATERIALIZED (
    SELECT m.package, s.currency, greatest(s.bucket, m.first) AS first,
        least(coalesce(s.next, s.last), m.last) AS last, s.balance, s.until
    FROM states s
    JOIN bucket_members m ON m.client = s.client
    WHERE s.bucket < m.last AND m.first < coalesce(s.next, s.last)
),
differences AS (
    SELECT package, currency, first AS bucket, 0 AS "all", sum((until > first)::INT) AS active,
        sum(greatest(balance, 0)) FILTER (until > first) AS active_pos, sum(balance) FILTER (until > first) AS active_sum,
        count(until) AS ever, sum(greatest(balance, 0)) FILTER (until IS NOT NULL) AS ever_pos,
        sum(balance) FILTER (until IS NOT NULL) AS ever_sum, sum(greatest(balance, 0)) AS all_pos, sum(balance) AS all_sum
    FROM parts GROUP BY ALL
    UNION ALL BY NAME
    SELECT package, currency, last AS bucket, -count(until) AS ever,
        -sum(greatest(balance, 0)) FILTER (until IS NOT NULL) AS ever_pos,
        -sum(balance) FILTER (until IS NOT NULL) AS ever_sum, -sum(greatest(balance, 0)) AS all_pos,
        -sum(balance) AS all_sum
    FROM parts GROUP BY ALL
    UNION ALL BY NAME
    SELECT package, currency, least(until, last) AS bucket, -count(*) AS active, -sum(greatest(balance, 0)) AS active_pos,
        -sum(balance) AS active_sum
    FROM parts WHERE until > first GROUP BY ALL
    UNION ALL BY NAME
    SELECT package, currency, m.first AS bucket, count(*) AS "all"
    FROM bucket_members m JOIN people p ON p.id = m.client GROUP BY ALL
    UNION ALL BY NAME
    SELECT package, currency, m.last AS bucket, -count(*) AS "all"
    FROM bucket_members m JOIN people p ON p.id = m.client GROUP BY ALL
),
grid AS (
    SELECT bucket, currency, rate, package
    FROM stock_rates, (SELECT id AS package FROM packages UNION ALL SELECT -1)
),
steps AS (
    SELECT g.bucket, g.currency, g.package, any_value(g.rate) AS rate, sum(active) AS active,
        sum(active_pos) AS active_pos, sum(active_sum) AS active_sum, sum(ever) AS ever, sum(ever_pos) AS ever_pos,
        sum(ever_sum) AS ever_sum, sum("all") AS "all", sum(all_pos) AS all_pos, sum(all_sum) AS all_sum
    FROM grid g LEFT JOIN differences d USING (bucket, currency, package) GROUP BY ALL
),
levels AS (
    SELECT bucket, package, rate, sum(active) OVER w AS active, sum(active_pos) OVER w AS active_pos,
        sum(active_sum) OVER w AS active_sum, sum(ever) OVER w AS ever, sum(ever_pos) OVER w AS ever_pos,
        sum(ever_sum) OVER w AS ever_sum, sum("all") OVER w AS "all", sum(all_pos) OVER w AS all_pos,
        sum(all_sum) OVER w AS all_sum
    FROM steps WINDOW w AS (PARTITION BY package, currency ORDER BY bucket)
),
stocks AS (
    SELECT bucket, package, coalesce(sum(active), 0)::BIGINT AS active_qty,
        coalesce(sum(active_pos::HUGEINT * rate), 0) AS active_pos,
        coalesce(sum(active_sum::HUGEINT * rate), 0) AS active_sum, coalesce(sum(ever), 0)::BIGINT AS ever_qty,
        coalesce(sum(ever_pos::HUGEINT * rate), 0) AS ever_pos, coalesce(sum(ever_sum::HUGEINT * rate), 0) AS ever_sum,
        coalesce(sum("all"), 0)::BIGINT AS all_qty, coalesce(sum(all_pos::HUGEINT * rate), 0) AS all_pos,
        coalesce(sum(all_sum::HUGEINT * rate), 0) AS all_sum
    FROM levels GROUP BY bucket, package
),
sums AS (
    SELECT t.flow AS bucket, m.package, p.currency, e.tick // 96 AS day, count(*) FILTER (kind = 0) AS refill_qty,
        sum(amount) FILTER (kind = 0) AS refill, sum(amount) FILTER (kind = 1) AS payg
    FROM events e JOIN ticks t USING (tick) JOIN people p ON p.id = e.client
    JOIN second_members m ON m.client = e.client AND m.first <= e.second AND e.second < m.last
    WHERE t.flow IS NOT NULL AND e.kind IN (0, 1) GROUP BY ALL
    UNION ALL BY NAME
    SELECT t.flow AS bucket, e.package, p.currency, e.tick // 96 AS day, count(*) FILTER (kind = 3) AS activation_qty,
        sum(amount) FILTER (kind = 3) AS activation, count(*) FILTER (kind = 4) AS renew_qty,
        sum(amount) FILTER (kind = 4) AS renew
    FROM events e JOIN ticks t USING (tick) JOIN people p ON p.id = e.client
    WHERE t.flow IS NOT NULL AND e.kind IN (3, 4) GROUP BY ALL
),
flows AS (
    SELECT bucket, package, sum(refill_qty) AS refill_qty, sum(refill::HUGEINT * rate) AS refill,
        sum(payg::HUGEINT * rate) AS payg, sum(activation_qty) AS activation_qty,
        sum(activation::HUGEINT * rate) AS activation, sum(renew_qty) AS renew_qty, sum(renew::HUGEINT * rate) AS renew
    FROM sums JOIN flow_rates USING (day, currency) GROUP BY bucket, package
)
SELECT * FROM stocks LEFT JOIN flows USING (bucket, package) ORDER BY bucket, package

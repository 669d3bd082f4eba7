-- A report without package grouping. Small tables made from the query's calendar beforehand, see bench/rivals.py:
--   tick_of(first, flow, until): a dictionary by tick; flow is -1 outside the period; stock_rates, flow_rates.
-- Dictionaries rather than joins, which would turn the streams of clients into one.
-- A client's transactions become one sorted array of numbers: bucket, until + 1 where it is a paid use, effect on the balance plus
-- an offset, in {bucket_bits}, {bucket_bits} and {effect_bits} bits. Running sums over arrays need neither a join nor a window.
WITH
people AS (
    SELECT currency, dictGet('tick_of', 'first', toUInt64(created)) AS first,
        if(isNull(closed), {buckets}, dictGet('tick_of', 'first', toUInt64(ifNull(closed, 0)))) AS last
    FROM clients WHERE {filter}
),
packed AS (
    SELECT client, arraySort(groupArray(
        bitShiftLeft({word}(dictGet('tick_of', 'first', toUInt64(tick))), {bucket_bits} + {effect_bits})
        + if(kind = 2 OR (kind IN (1, 3, 4) AND amount > 0),
            bitShiftLeft({word}(dictGet('tick_of', 'until', toUInt64(tick)) + 1), {effect_bits}), {word}(0))
        + {word}(if(kind IN (0, 5), amount, -amount) + {offset}))) AS events
    FROM events WHERE {client_filter} GROUP BY client
),
-- Of each bucket the last row: balance, and until + 1 of the latest paid use so far (0: none). Before a client is created its
-- state counts for nothing, so its first bucket takes what came before; after it is closed likewise.
histories AS (
    SELECT dictGet('client_of', 'currency', toUInt64(client)) AS currency,
        dictGet('tick_of', 'first', dictGet('client_of', 'created', toUInt64(client))) AS first,
        dictGet('client_of', 'closed', toUInt64(client)) AS closed,
        if(closed = 0, {buckets}, dictGet('tick_of', 'first', closed)) AS last,
        arrayMap(event -> greatest(toInt32(bitShiftRight(event, {bucket_bits} + {effect_bits})), first), events) AS all_buckets,
        arrayMap((bucket, next) -> bucket != next AND bucket < last, all_buckets,
            arrayPushBack(arrayPopFront(all_buckets), {never})) AS is_kept,
        arrayFilter((bucket, kept) -> kept, all_buckets, is_kept) AS kept_buckets,
        arrayFilter((balance, kept) -> kept, arrayCumSum(arrayMap(
            event -> toInt64(bitAnd(event, {effect_mask})) - {offset}, events)), is_kept) AS kept_balances,
        arrayFilter((reach, kept) -> kept, arrayFill(reach -> reach > 0, arrayMap(
            event -> toInt32(bitAnd(bitShiftRight(event, {effect_bits}), {bucket_mask})), events)), is_kept) AS kept_reaches,
        -- A closed account is one more state, with nothing.
        last < {buckets} AS is_closed,
        if(is_closed, arrayPushBack(kept_buckets, last), kept_buckets) AS buckets,
        if(is_closed, arrayPushBack(kept_balances, 0), kept_balances) AS balances,
        if(is_closed, arrayPushBack(kept_reaches, 0), kept_reaches) AS reaches
    FROM packed WHERE notEmpty(kept_buckets)
),
states AS (
    SELECT currency, last, bucket, balance, old_balance, reach - 1 AS until, old_reach - 1 AS old_until, next
    FROM histories
    ARRAY JOIN buckets AS bucket, balances AS balance, arrayPushFront(arrayPopBack(balances), 0) AS old_balance,
        reaches AS reach, arrayPushFront(arrayPopBack(reaches), 0) AS old_reach,
        arrayPushBack(arrayPopFront(buckets), {never}) AS next
),
grouped AS (
    SELECT currency, bucket, if(until > bucket AND next >= until, until, {never}) AS expiry,
        sum(toInt64(until > bucket) - toInt64(old_until > bucket)) AS active,
        sum(if(until > bucket, greatest(balance, 0), 0) - if(old_until > bucket, greatest(old_balance, 0), 0)) AS active_pos,
        sum(if(until > bucket, balance, 0) - if(old_until > bucket, old_balance, 0)) AS active_sum,
        sum(toInt64(until >= 0) - toInt64(old_until >= 0)) AS ever,
        sum(if(until >= 0, greatest(balance, 0), 0) - if(old_until >= 0, greatest(old_balance, 0), 0)) AS ever_pos,
        sum(if(until >= 0, balance, 0) - if(old_until >= 0, old_balance, 0)) AS ever_sum,
        sum(greatest(balance, 0) - greatest(old_balance, 0)) AS all_pos, sum(balance - old_balance) AS all_sum,
        toInt64(count()) AS expiring, sum(greatest(balance, 0)) AS expiring_pos, sum(balance) AS expiring_sum
    FROM states GROUP BY currency, bucket, expiry
),
-- Each group twice, at its bucket and where being active ends by itself; what has never ended joins no bucket.
differences AS (
    SELECT currency, place AS bucket, if(is_end, -expiring, active) AS active,
        if(is_end, -expiring_pos, active_pos) AS active_pos, if(is_end, -expiring_sum, active_sum) AS active_sum,
        if(is_end, 0, ever) AS ever, if(is_end, 0, ever_pos) AS ever_pos, if(is_end, 0, ever_sum) AS ever_sum,
        toInt64(0) AS "all", if(is_end, 0, all_pos) AS all_pos, if(is_end, 0, all_sum) AS all_sum
    FROM grouped ARRAY JOIN [bucket, expiry] AS place, [false, true] AS is_end
    UNION ALL
    SELECT currency, place, 0, 0, 0, 0, 0, 0, change, 0, 0
    FROM people ARRAY JOIN [first, last] AS place, [toInt64(1), toInt64(-1)] AS change WHERE first < last
),
totals AS (
    SELECT bucket, currency, sum(active) AS active, sum(active_pos) AS active_pos, sum(active_sum) AS active_sum,
        sum(ever) AS ever, sum(ever_pos) AS ever_pos, sum(ever_sum) AS ever_sum, sum("all") AS "all",
        sum(all_pos) AS all_pos, sum(all_sum) AS all_sum
    FROM differences GROUP BY bucket, currency
),
levels AS (
    SELECT bucket, toInt128(rate) AS rate, sum(active) OVER w AS active, sum(active_pos) OVER w AS active_pos,
        sum(active_sum) OVER w AS active_sum, sum(ever) OVER w AS ever, sum(ever_pos) OVER w AS ever_pos,
        sum(ever_sum) OVER w AS ever_sum, sum("all") OVER w AS "all", sum(all_pos) OVER w AS all_pos,
        sum(all_sum) OVER w AS all_sum
    FROM stock_rates LEFT JOIN totals USING (bucket, currency)
    WINDOW w AS (PARTITION BY currency ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
stocks AS (
    SELECT bucket, sum(active) AS active_qty, sum(active_pos * rate) AS active_pos, sum(active_sum * rate) AS active_sum,
        sum(ever) AS ever_qty, sum(ever_pos * rate) AS ever_pos, sum(ever_sum * rate) AS ever_sum, sum("all") AS all_qty,
        sum(all_pos * rate) AS all_pos, sum(all_sum * rate) AS all_sum
    FROM levels GROUP BY bucket
),
sums AS (
    SELECT dictGet('tick_of', 'flow', toUInt64(tick)) AS bucket, intDiv(tick, 96) AS day,
        dictGet('client_of', 'currency', toUInt64(client)) AS currency, countIf(kind = 0) AS refill_qty,
        sumIf(amount, kind = 0) AS refill, sumIf(amount, kind = 1) AS payg, countIf(kind = 3) AS activation_qty,
        sumIf(amount, kind = 3) AS activation, countIf(kind = 4) AS renew_qty, sumIf(amount, kind = 4) AS renew
    FROM events WHERE bucket >= 0 AND kind IN (0, 1, 3, 4) AND {client_filter} GROUP BY bucket, day, currency
),
flows AS (
    SELECT bucket, sum(refill_qty) AS refill_qty, sum(refill * toInt128(rate)) AS refill,
        sum(payg * toInt128(rate)) AS payg, sum(activation_qty) AS activation_qty,
        sum(activation * toInt128(rate)) AS activation, sum(renew_qty) AS renew_qty, sum(renew * toInt128(rate)) AS renew
    FROM sums JOIN flow_rates USING (day, currency) GROUP BY bucket
)
SELECT bucket, active_qty, active_pos, active_sum, ever_qty, ever_pos, ever_sum, all_qty, all_pos, all_sum,
    refill_qty, refill, payg, activation_qty, activation, renew_qty, renew
FROM stocks LEFT JOIN flows USING (bucket) ORDER BY bucket
-- A grouping of so many clients ends in as many streams as there are threads; by default only one of 100,000 does.
SETTINGS max_threads = {threads}, group_by_two_level_threshold = 20000
FORMAT TSV

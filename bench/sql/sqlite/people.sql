-- Clients that pass the filters, with the buckets [first, last) whose population they belong to.
INSERT INTO people
SELECT c.id, c.currency, created.first, coalesce(closed.first, {buckets})
FROM clients c
JOIN ticks created ON created.tick = c.created
LEFT JOIN ticks closed ON closed.tick = c.closed
WHERE {filter}

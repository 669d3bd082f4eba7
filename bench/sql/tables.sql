-- The import files as typed tables, the same for every rival. Amounts are micro-units, instants seconds since 1970, ticks
-- quarters of an hour since 1990-01-01T00:00Z. Kinds: 0 refill, 1 usage without a package, 2 usage with one, 3 activation,
-- 4 renewal, 5 adjustment.
CREATE TABLE client_rows AS
SELECT row_number() OVER ()::INTEGER AS id, * RENAME (id AS key)
FROM read_csv('{folder}/clients.csv', header = true, all_varchar = true);

CREATE TABLE packages AS
SELECT (row_number() OVER () - 1)::SMALLINT AS id, id AS key, name
FROM read_csv('{folder}/packages.csv', header = true, all_varchar = true);

CREATE TABLE rates AS
FROM read_csv('{folder}/rates.csv', header = true,
    columns = {{'currency': 'VARCHAR', 'effective_on': 'DATE', 'rate': 'DECIMAL(18,12)'}});

CREATE TABLE currencies AS
SELECT (row_number() OVER (ORDER BY currency) - 1)::TINYINT AS id, currency AS code
FROM (SELECT DISTINCT currency FROM client_rows);

CREATE TABLE clients AS
SELECT c.id, c.key, o.id AS owner, k.id AS currency,
    (epoch(c.created_at::TIMESTAMPTZ)::BIGINT - 631152000) // 900 AS created,
    (epoch(c.closed_at::TIMESTAMPTZ)::BIGINT - 631152000) // 900 AS closed
FROM client_rows c
JOIN currencies k ON k.code = c.currency
LEFT JOIN client_rows o ON o.key = c.owner_id
ORDER BY c.id;

CREATE TABLE subscriptions AS
SELECT c.id AS client, p.id AS package, epoch(s.started_at)::BIGINT AS started, epoch(s.ended_at)::BIGINT AS ended
FROM read_csv('{folder}/subscriptions.csv', header = true,
    columns = {{'id': 'VARCHAR', 'client_id': 'VARCHAR', 'package_id': 'VARCHAR',
                'started_at': 'TIMESTAMPTZ', 'ended_at': 'TIMESTAMPTZ'}}) s
JOIN client_rows c ON c.key = s.client_id
JOIN packages p ON p.key = s.package_id;

CREATE TABLE events AS
SELECT c.id AS client, epoch(t."at")::BIGINT AS second, ((epoch(t."at")::BIGINT - 631152000) // 900)::INTEGER AS tick,
    (CASE t.kind WHEN 'refill' THEN 0 WHEN 'usage' THEN CASE WHEN t.package_id IS NULL THEN 1 ELSE 2 END
        WHEN 'activation' THEN 3 WHEN 'renewal' THEN 4 ELSE 5 END)::TINYINT AS kind,
    (t.amount * 1000000)::BIGINT AS amount, p.id AS package
FROM read_csv('{folder}/transactions.csv', header = true,
    columns = {{'id': 'VARCHAR', 'client_id': 'VARCHAR', 'at': 'TIMESTAMPTZ', 'kind': 'VARCHAR',
                'amount': 'DECIMAL(18,6)', 'package_id': 'VARCHAR'}}) t
JOIN client_rows c ON c.key = t.client_id
LEFT JOIN packages p ON p.key = t.package_id
ORDER BY client, second;

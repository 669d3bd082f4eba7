-- The tables in ClickHouse's own format, events by client and time. The dictionaries are arrays in memory, which is what a
-- lookup by client or tick costs least in.
CREATE TABLE clients (id UInt32, key String, owner Nullable(UInt32), currency UInt8, created Int32, closed Nullable(Int32))
ENGINE = MergeTree ORDER BY id;

INSERT INTO clients SELECT id, key, owner, currency, created, closed FROM file('{clients}', Parquet);

-- `closed` is 0, a tick long before all others, where the account is open.
CREATE DICTIONARY client_of (id UInt64, currency UInt8, created UInt64, closed UInt64) PRIMARY KEY id
SOURCE(CLICKHOUSE(QUERY 'SELECT id, currency, created, ifNull(closed, 0) AS closed FROM clients'))
LAYOUT(FLAT(MAX_ARRAY_SIZE 100000000)) LIFETIME(0);

CREATE TABLE events (client UInt32, second Int64, tick Int32, kind UInt8, amount Int64)
ENGINE = MergeTree ORDER BY (client, second);

INSERT INTO events SELECT client, second, tick, kind, amount FROM file('{events}', Parquet);

OPTIMIZE TABLE events FINAL;

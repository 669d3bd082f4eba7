DROP DICTIONARY IF EXISTS tick_of;
DROP TABLE IF EXISTS ticks;
DROP TABLE IF EXISTS stock_rates;
DROP TABLE IF EXISTS flow_rates;

CREATE TABLE ticks (tick UInt64, first Int32, flow Int32, until Int32) ENGINE = MergeTree ORDER BY tick;
INSERT INTO ticks FROM INFILE '{ticks}' FORMAT CSV;

CREATE TABLE stock_rates (bucket Int32, currency UInt8, rate Int64) ENGINE = MergeTree ORDER BY (bucket, currency);
INSERT INTO stock_rates FROM INFILE '{stock_rates}' FORMAT CSV;

CREATE TABLE flow_rates (day Int32, currency UInt8, rate Int64) ENGINE = MergeTree ORDER BY (day, currency);
INSERT INTO flow_rates FROM INFILE '{flow_rates}' FORMAT CSV;

CREATE DICTIONARY tick_of (tick UInt64, first Int32, flow Int32, until Int32) PRIMARY KEY tick
SOURCE(CLICKHOUSE(TABLE 'ticks')) LAYOUT(FLAT(MAX_ARRAY_SIZE 100000000)) LIFETIME(0);

DROP TABLE IF EXISTS ticks;
DROP TABLE IF EXISTS stock_rates;
DROP TABLE IF EXISTS flow_rates;
CREATE TABLE ticks (tick INTEGER PRIMARY KEY, first INTEGER, flow INTEGER, until INTEGER);
CREATE TABLE stock_rates (bucket INTEGER, currency INTEGER, rate INTEGER, PRIMARY KEY (bucket, currency)) WITHOUT ROWID;
CREATE TABLE flow_rates (day INTEGER, currency INTEGER, rate INTEGER, PRIMARY KEY (day, currency)) WITHOUT ROWID;

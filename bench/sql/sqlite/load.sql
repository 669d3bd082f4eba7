-- Every lookup is one by rowid; events lie in the order of client and time, and a client's are one range of the tree.
CREATE TABLE clients (id INTEGER PRIMARY KEY, key TEXT, owner INTEGER, currency INTEGER, created INTEGER, closed INTEGER);
CREATE INDEX clients_by_owner ON clients (owner);
CREATE INDEX clients_by_key ON clients (key);
CREATE TABLE events (client INTEGER, number INTEGER, tick INTEGER, kind INTEGER, amount INTEGER,
    PRIMARY KEY (client, number)) WITHOUT ROWID;
CREATE TEMP TABLE people (id INTEGER PRIMARY KEY, currency INTEGER, first INTEGER, last INTEGER);

-- The tables in memory; `events` sorted by client and time.
CREATE TABLE clients AS FROM '{clients}';
CREATE TABLE packages AS FROM '{packages}';
CREATE TABLE subscriptions AS FROM '{subscriptions}';
CREATE TABLE events AS FROM '{events}';

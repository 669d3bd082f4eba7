import GRDB

/// The tables of `ledger.sqlite`; `docs/ledger.md` explains them to those who read the file with plain SQL.
///
/// Migrations are frozen: a released one never changes, a new version appends one.
enum LedgerSchema {
    /// "CDyn" in the file's header (`PRAGMA application_id`), so that no other program's file is taken for a ledger.
    static let applicationID: Int32 = 0x4344_796E

    /// Bytes of a page: chosen by measuring, see `docs/ledger.md`.
    static let pageSize = 8192

    /// A block's number is its client's number shifted by this many bits, plus its place among the client's blocks.
    static let blockBits: Int64 = 24

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: records, blocks, keys") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: tables)
            try db.execute(sql: views)
        }
        return migrator
    }

    private static let tables = """
        CREATE TABLE setting (
            name TEXT NOT NULL PRIMARY KEY,
            value ANY NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE revision (
            number INTEGER PRIMARY KEY,
            committed_at INTEGER NOT NULL,
            -- A random number that no other ledger, and no other history of this one, has.
            token INTEGER NOT NULL DEFAULT (random()),
            added INTEGER NOT NULL,
            replaced INTEGER NOT NULL,
            removed INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE package (
            number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 2147483647),
            id TEXT NOT NULL UNIQUE CHECK (id <> ''),
            name TEXT NOT NULL CHECK (name <> '')
        ) STRICT;

        CREATE TABLE client (
            number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 2147483647),
            id TEXT NOT NULL UNIQUE CHECK (id <> ''),
            name TEXT NOT NULL CHECK (name <> ''),
            type TEXT NOT NULL CHECK (type IN ('client', 'reseller', 'calling_card', 'call_shop')),
            owner INTEGER REFERENCES client (number),
            tags TEXT NOT NULL CHECK (json_valid(tags) AND json_type(tags) = 'array'),
            currency TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
            created_at INTEGER NOT NULL,
            closed_at INTEGER CHECK (closed_at >= created_at),
            changed_in INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX client_by_owner ON client (owner) WHERE owner IS NOT NULL;
        CREATE INDEX client_by_change ON client (changed_in);
        CREATE INDEX reseller ON client (number, id, owner) WHERE type = 'reseller';
        CREATE INDEX client_by_creation ON client (created_at);

        CREATE TABLE subscription (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (id <> ''),
            client INTEGER NOT NULL REFERENCES client (number),
            package INTEGER NOT NULL REFERENCES package (number),
            started_at INTEGER NOT NULL,
            ended_at INTEGER CHECK (ended_at >= started_at)
        ) STRICT;
        CREATE INDEX subscription_by_client ON subscription (client);
        CREATE INDEX subscription_by_package ON subscription (package);

        CREATE TABLE rate (
            currency TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
            effective_on TEXT NOT NULL CHECK (effective_on IS date(effective_on)),
            rate INTEGER NOT NULL CHECK (rate BETWEEN 1000000 AND 1000000000000000000),
            PRIMARY KEY (currency, effective_on)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE transaction_kind (
            number INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;
        INSERT INTO transaction_kind VALUES
            (0, 'refill'), (1, 'usage'), (2, 'activation'), (3, 'renewal'), (4, 'adjustment');

        CREATE TABLE transaction_block (
            id INTEGER PRIMARY KEY,
            client INTEGER NOT NULL REFERENCES client (number),
            count INTEGER NOT NULL CHECK (count > 0),
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL CHECK (last_at >= first_at),
            transactions TEXT NOT NULL,
            CHECK (id >> 24 = client)
        ) STRICT;
        CREATE INDEX transaction_block_by_client ON transaction_block (client);

        CREATE TABLE transaction_summary (
            client INTEGER PRIMARY KEY REFERENCES client (number),
            count INTEGER NOT NULL CHECK (count > 0),
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL CHECK (last_at >= first_at)
        ) STRICT;

        CREATE TABLE transaction_key (
            first INTEGER PRIMARY KEY,
            keys BLOB NOT NULL CHECK (length(keys) % 16 = 0)
        ) STRICT;
        """

    /// Each view has the name and the columns of the import file with the same records.
    private static let views = """
        CREATE VIEW packages AS SELECT id, name FROM package;

        CREATE VIEW clients AS
        SELECT client.id, client.name, client.type, owner.id AS owner_id,
            (SELECT group_concat(value, ';') FROM json_each(client.tags)) AS tags, client.currency,
            strftime('%Y-%m-%dT%H:%M:%SZ', client.created_at, 'unixepoch') AS created_at,
            strftime('%Y-%m-%dT%H:%M:%SZ', client.closed_at, 'unixepoch') AS closed_at
        FROM client LEFT JOIN client AS owner ON owner.number = client.owner;

        CREATE VIEW subscriptions AS
        SELECT subscription.id, client.id AS client_id, package.id AS package_id,
            strftime('%Y-%m-%dT%H:%M:%SZ', started_at, 'unixepoch') AS started_at,
            strftime('%Y-%m-%dT%H:%M:%SZ', ended_at, 'unixepoch') AS ended_at
        FROM subscription
        JOIN client ON client.number = subscription.client
        JOIN package ON package.number = subscription.package;

        CREATE VIEW rates AS
        SELECT currency, effective_on,
            printf('%d.%012d', rate / 1000000000000, rate % 1000000000000) AS rate
        FROM rate;

        CREATE VIEW transactions AS
        SELECT json_extract(entry.value, '$[0]') AS id, client.id AS client_id,
            strftime('%Y-%m-%dT%H:%M:%SZ', block.first_at + json_extract(entry.value, '$[1]'), 'unixepoch') AS at,
            kind.name AS kind,
            printf('%s%d.%06d', iif(json_extract(entry.value, '$[3]') < 0, '-', ''),
                abs(json_extract(entry.value, '$[3]')) / 1000000,
                abs(json_extract(entry.value, '$[3]')) % 1000000) AS amount,
            package.id AS package_id,
            json_extract(entry.value, '$[3]') AS micros
        FROM client
        JOIN transaction_block AS block ON block.client = client.number
        JOIN json_each(block.transactions) AS entry
        JOIN transaction_kind AS kind ON kind.number = json_extract(entry.value, '$[2]')
        LEFT JOIN package ON package.number = json_extract(entry.value, '$[4]');
        """
}

import GRDB

/// The tables of `workspace.sqlite`.
///
/// Migrations are frozen: a released one never changes, a new version appends one. Times are seconds since 1970.
enum WorkspaceSchema {
    /// "CDwk" in the file's header (`PRAGMA application_id`), so that no other program's file is taken for a workspace.
    static let applicationID: Int32 = 0x4344_776B

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: accounts, reports, templates, audit log") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: accounts + reports + templates + audit)
        }
        migrator.registerMigration("2: charts of templates") { db in
            try db.execute(sql: "ALTER TABLE template ADD COLUMN chart TEXT NOT NULL DEFAULT ''")
        }
        migrator.registerMigration("3: mail and schedules") { db in try db.execute(sql: mail + deliveries + schedules) }
        migrator.registerMigration("4: sign-in from the billing system") { db in try db.execute(sql: billing) }
        return migrator
    }

    private static let accounts = """
        CREATE TABLE setting (
            name TEXT NOT NULL PRIMARY KEY,
            value ANY NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE account (
            -- Never used again, so that nothing of a former account is taken for that of a new one.
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (kind IN ('person', 'token')),
            name TEXT NOT NULL CHECK (name <> ''),
            -- The name in ASCII lower case.
            name_key TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('administrator', 'analyst', 'reseller', 'ledger_writer')),
            reseller TEXT,
            -- With method and parameters; tokens have none.
            password TEXT,
            created_at INTEGER NOT NULL,
            -- Of a token: when it was revoked.
            disabled_at INTEGER,
            -- Of a token: when it was last used, to the minute.
            last_sign_in INTEGER,
            default_template INTEGER REFERENCES template (number) ON DELETE SET NULL,
            CHECK ((role = 'reseller') = (reseller IS NOT NULL)),
            CHECK ((kind = 'person') = (password IS NOT NULL)),
            CHECK (role <> 'ledger_writer' OR kind = 'token')
        ) STRICT;
        CREATE UNIQUE INDEX person_by_name ON account (name_key) WHERE kind = 'person';
        CREATE INDEX account_by_default_template ON account (default_template) WHERE default_template IS NOT NULL;

        CREATE TABLE session (
            -- SHA-256 of the token.
            hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            last_seen_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX session_by_account ON session (account);
        CREATE INDEX session_by_last_seen ON session (last_seen_at);

        CREATE TABLE access_token (
            account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
            -- SHA-256 of the secret.
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            owner INTEGER REFERENCES account (id),
            expires_at INTEGER
        ) STRICT;

        CREATE TABLE sign_in_failure (
            -- Keyed by a hash, as people type passwords into the wrong field: of an account's name or of an address.
            key BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 32),
            failures INTEGER NOT NULL CHECK (failures > 0),
            last_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sign_in_failure_by_time ON sign_in_failure (last_at);

        """

    private static let reports = """
        CREATE TABLE report (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            owner INTEGER NOT NULL REFERENCES account (id),
            generated_by TEXT NOT NULL,
            company TEXT,
            -- NULL: everything.
            scope_reseller TEXT,
            generated_at INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            row_count INTEGER NOT NULL,
            draft TEXT NOT NULL CHECK (json_valid(draft)),
            expires_at INTEGER,
            revoked_at INTEGER
        ) STRICT;
        CREATE INDEX report_by_owner ON report (owner, number);
        CREATE INDEX report_by_age ON report (generated_at);
        CREATE TRIGGER report_is_immutable
        BEFORE UPDATE OF number, id, owner, generated_by, company, scope_reseller, generated_at, duration_ms, revision,
            row_count, draft ON report
        BEGIN SELECT raise(ABORT, 'a stored report does not change'); END;

        CREATE TABLE report_body (
            report INTEGER PRIMARY KEY REFERENCES report (number) ON DELETE CASCADE,
            body BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER report_body_is_immutable BEFORE UPDATE ON report_body
        BEGIN SELECT raise(ABORT, 'a stored report does not change'); END;

        -- Of other people's reports: who opened which, and when last.
        CREATE TABLE report_opening (
            account INTEGER NOT NULL REFERENCES account (id),
            report INTEGER NOT NULL REFERENCES report (number) ON DELETE CASCADE,
            last_at INTEGER NOT NULL,
            -- Greater than those of all earlier openings.
            sequence INTEGER NOT NULL,
            PRIMARY KEY (account, report)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX report_opening_by_sequence ON report_opening (account, sequence);
        CREATE INDEX report_opening_by_report ON report_opening (report);

        """

    private static let templates = """
        CREATE TABLE template (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            owner INTEGER NOT NULL REFERENCES account (id),
            company TEXT,
            name TEXT NOT NULL CHECK (name <> ''),
            description TEXT NOT NULL,
            visibility TEXT NOT NULL CHECK (visibility IN ('me', 'company', 'everyone')),
            draft TEXT NOT NULL CHECK (json_valid(draft)),
            output TEXT NOT NULL CHECK (output IN ('web', 'csv', 'xls', 'xlsx')),
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX template_by_owner ON template (owner);

        """

    private static let mail = """
        -- Where a person gets mail.
        ALTER TABLE account ADD COLUMN email TEXT;
        -- Addresses that the template's report goes to, as a JSON list.
        ALTER TABLE template ADD COLUMN send_to TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(send_to));

        """

    private static let deliveries = """
        -- A message to one recipient: a report, or word of a scheduled run that failed.
        CREATE TABLE delivery (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            report INTEGER REFERENCES report (number) ON DELETE CASCADE,
            failed_run INTEGER REFERENCES scheduled_run (number) ON DELETE CASCADE,
            recipient TEXT NOT NULL CHECK (recipient <> ''),
            -- Of a report: what it is attached as.
            format TEXT CHECK (format IN ('csv', 'xls', 'xlsx')),
            -- The name of the template that the report was made from; empty: of none.
            title TEXT NOT NULL,
            asked_by INTEGER NOT NULL REFERENCES account (id),
            state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
            -- How many have begun.
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            -- Queued: when the next attempt is due. Sending: when the sender is taken for dead.
            due_at INTEGER,
            -- Who is sending it: random, new for each attempt.
            claim TEXT,
            last_error TEXT,
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            CHECK ((report IS NULL) <> (failed_run IS NULL)),
            CHECK ((report IS NULL) = (format IS NULL)),
            CHECK ((state IN ('queued', 'sending')) = (due_at IS NOT NULL)),
            CHECK ((state = 'sending') = (claim IS NOT NULL))
        ) STRICT;
        CREATE INDEX delivery_by_due ON delivery (due_at, number) WHERE due_at IS NOT NULL;
        CREATE INDEX delivery_by_report ON delivery (report, number);
        CREATE INDEX delivery_by_run ON delivery (failed_run) WHERE failed_run IS NOT NULL;
        CREATE INDEX delivery_by_change ON delivery (state, changed_at);

        """

    private static let schedules = """
        CREATE TABLE schedule (
            template INTEGER PRIMARY KEY REFERENCES template (number) ON DELETE CASCADE,
            schedule TEXT NOT NULL CHECK (json_valid(schedule)),
            -- Due instants up to this one have been dealt with.
            done_until INTEGER NOT NULL,
            paused_at INTEGER,
            -- When the owner was told of a failure; NULL: everything has gone well since.
            told_at INTEGER
        ) STRICT;

        -- What was run by a schedule, or by hand as it would have.
        CREATE TABLE scheduled_run (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            template INTEGER NOT NULL REFERENCES template (number) ON DELETE CASCADE,
            -- By hand: when it was asked for.
            due_at INTEGER NOT NULL,
            is_by_hand INTEGER NOT NULL CHECK (is_by_hand IN (0, 1)),
            -- How many earlier due instants were left out.
            missed INTEGER NOT NULL CHECK (missed >= 0),
            state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'finished', 'failed')),
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            -- Waiting: when the next attempt is due. Running: when who runs it is taken for dead.
            next_at INTEGER,
            claim TEXT,
            -- NULL when finished: the report was deleted.
            report INTEGER REFERENCES report (number) ON DELETE SET NULL,
            error TEXT,
            changed_at INTEGER NOT NULL,
            CHECK ((state IN ('waiting', 'running')) = (next_at IS NOT NULL)),
            CHECK ((state = 'running') = (claim IS NOT NULL)),
            CHECK ((state = 'failed') <= (error IS NOT NULL))
        ) STRICT;
        CREATE UNIQUE INDEX scheduled_run_once ON scheduled_run (template, due_at) WHERE is_by_hand = 0;
        CREATE INDEX scheduled_run_by_next ON scheduled_run (next_at, number) WHERE next_at IS NOT NULL;
        CREATE INDEX scheduled_run_by_template ON scheduled_run (template, number);
        CREATE INDEX scheduled_run_by_report ON scheduled_run (report) WHERE report IS NOT NULL;

        """

    private static let billing = """
        -- Whom a billing system vouches for: its own id of the person never changes, names may.
        CREATE TABLE billing_identity (
            issuer TEXT NOT NULL,
            subject TEXT NOT NULL,
            account INTEGER NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
            PRIMARY KEY (issuer, subject)
        ) STRICT, WITHOUT ROWID;

        -- Tokens that have opened a session, until they end by themselves.
        CREATE TABLE used_token (
            -- SHA-256 of issuer and id.
            hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX used_token_by_end ON used_token (expires_at);

        """

    private static let audit = """
        CREATE TABLE audit_entry (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            role TEXT,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            address TEXT,
            detail TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit_entry
        BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
        CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit_entry
        BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

        """
}

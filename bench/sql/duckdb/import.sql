-- transactions.csv as a table in a database on the disk, with its ids unique: what comes closest to the product's import.
CREATE TABLE transactions (
    id VARCHAR PRIMARY KEY,
    client_id VARCHAR NOT NULL,
    "at" TIMESTAMPTZ NOT NULL,
    kind ENUM ('refill', 'usage', 'activation', 'renewal', 'adjustment') NOT NULL,
    amount DECIMAL(18, 6) NOT NULL,
    package_id VARCHAR
);
INSERT INTO transactions
FROM read_csv('{folder}/transactions.csv', header = true,
    columns = {{'id': 'VARCHAR', 'client_id': 'VARCHAR', 'at': 'TIMESTAMPTZ', 'kind': 'VARCHAR',
                'amount': 'DECIMAL(18,6)', 'package_id': 'VARCHAR'}});
CHECKPOINT;

"""Import files made from those of a ledger: its rerating, and the same transactions under other ids."""

import pathlib
import random
import uuid

#: Of the lines of transactions.csv: id, client_id, at, kind, amount, package_id. The demo quotes none of them.
CLIENT, KIND, AMOUNT, PACKAGE = 1, 3, 4, 5


def write_rerating(files: pathlib.Path, folder: pathlib.Path, one_in: int) -> tuple[int, int]:
    """Pay-as-you-go charges of one in `one_in` clients, a cent dearer each; how many clients and charges there are."""
    clients = (line.split(b",", 1)[0] for line in open(files / "clients.csv", "rb").readlines()[1:])
    chosen = set(list(clients)[::one_in])
    folder.mkdir(exist_ok=True)
    count = 0
    with open(files / "transactions.csv", "rb") as old, open(folder / "transactions.csv", "wb") as new:
        new.write(next(old))
        for line in old:
            if line[line.index(b",") + 1:].split(b",", 1)[0] not in chosen:
                continue
            cells = line.rstrip(b"\r\n").split(b",")
            if cells[KIND] == b"usage" and not cells[PACKAGE]:
                whole, _, fraction = cells[AMOUNT].partition(b".")
                micros = int(whole) * 10**6 + int(fraction.ljust(6, b"0")) + 10_000
                cells[AMOUNT] = b"%d.%06d" % divmod(micros, 10**6)
                new.write(b",".join(cells) + b"\n")
                count += 1
    return len(chosen), count


def write_with_uuids(files: pathlib.Path, folder: pathlib.Path):
    """All files again, with a random UUID of 36 characters as the id of each transaction."""
    folder.mkdir(exist_ok=True)
    generator = random.Random(1)
    for file in files.glob("*.csv"):
        if file.name != "transactions.csv":
            (folder / file.name).write_bytes(file.read_bytes())
    with open(files / "transactions.csv", "rb") as old, open(folder / "transactions.csv", "wb") as new:
        new.write(next(old))
        for line in old:
            key = uuid.UUID(int=generator.getrandbits(128), version=4)
            new.write(str(key).encode() + line[line.index(b","):])

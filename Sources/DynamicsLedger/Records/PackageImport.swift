import DynamicsImport
import DynamicsModel
import GRDB

/// Writes the packages of an import; removals wait for `RemovalCheck`.
final class PackageImport {
    private let state: ImportState
    let seen: Sightings
    private let find: BulkStatement
    private let insert: BulkStatement
    private let update: BulkStatement
    private var nextNumber: UInt32

    init(_ state: ImportState) throws {
        self.state = state
        seen = try Sightings(state.db, kind: .packages, files: state.files)
        find = try BulkStatement(state.db, "SELECT name FROM package WHERE number = ?")
        insert = try BulkStatement(state.db, "INSERT INTO package (number, id, name) VALUES (?, ?, ?)")
        update = try BulkStatement(state.db, "UPDATE package SET name = ? WHERE number = ?")
        nextNumber = try UInt32.fetchOne(state.db, sql: "SELECT coalesce(max(number), 0) + 1 FROM package") ?? 1
    }

    func take(_ row: ImportRow<Package>, file: ImportFile) throws {
        let place = ImportPlace(file: file, line: row.line)
        switch row.content {
        case .put(let package): try put(package, at: place)
        case .remove(let id):
            let number = state.packages.number(of: id.string).map { Int64($0) }
            _ = try state.noteRemoval(of: number, id: id, in: seen, at: place)
        }
    }

    private func put(_ package: Package, at place: ImportPlace) throws {
        let known = state.packages.number(of: package.id.string)
        let number = known ?? nextNumber
        if let first = try seen.see(Int64(number), id: package.id.string, at: place, isRemoval: false) {
            state.problems.add(place.duplicate(of: first), at: place)
            return
        }
        if known == nil {
            nextNumber += 1
            state.packages.insert(package.id.string, number: number)
            insert.bind(1, Int64(number))
            insert.bind(2, package.id.string)
            insert.bind(3, package.name.string)
            try insert.run()
            state.counts[place.file.index].added += 1
            return
        }
        find.bind(1, Int64(number))
        let isSame = try find.step() && ExactText(find.string(0)) == package.name
        find.reset()
        if isSame {
            state.counts[place.file.index].unchanged += 1
        } else {
            update.bind(1, package.name.string)
            update.bind(2, Int64(number))
            try update.run()
            state.counts[place.file.index].replaced += 1
        }
    }
}

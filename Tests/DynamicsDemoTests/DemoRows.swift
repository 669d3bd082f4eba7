import DynamicsDemo
import DynamicsModel
import Foundation

/// A demo written to a temporary folder and read back, as far as tests ask about it.
struct DemoRows {
    typealias Row = [String: String]

    var from: Int64
    var to: Int64
    var clients: [Row]
    var packages: [Row]
    var subscriptions: [Row]
    var transactions: [Row]
    var rates: [Row]

    init(_ demo: DemoLedger) throws {
        let folder = try TemporaryFolder()
        _ = try demo.write(to: folder.path)
        from = demo.from.startInUTC.seconds
        to = demo.to.startInUTC.seconds
        clients = try Self.rows(folder, "clients")
        packages = try Self.rows(folder, "packages")
        subscriptions = try Self.rows(folder, "subscriptions")
        transactions = try Self.rows(folder, "transactions")
        rates = try Self.rows(folder, "rates")
    }

    /// Rows by column name; empty cells are left out.
    private static func rows(_ folder: TemporaryFolder, _ name: String) throws -> [Row] {
        let text = String(decoding: try folder.bytes("\(name).csv"), as: UTF8.self)
        var lines = text.split(separator: "\n")[...]
        let columns = cells(lines.removeFirst())
        return lines.map { line in
            var row = Row(minimumCapacity: columns.count)
            for (column, cell) in zip(columns, cells(line)) where !cell.isEmpty { row[column] = cell }
            return row
        }
    }

    /// A line's cells; the demo writes no line breaks inside of cells.
    private static func cells(_ line: Substring) -> [String] {
        guard line.utf8.contains(0x22) else {
            return line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        var cells = [""]
        var isQuoted = false
        for character in line.unicodeScalars {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: cells.append("")
            default: cells[cells.count - 1].unicodeScalars.append(character)
            }
        }
        return cells
    }

    /// `YYYY-MM-DDTHH:MM:SSZ` as seconds since 1970; nil for anything else, and for nil.
    static func seconds(_ text: String?) -> Int64? {
        guard let text, text.utf8.count == 20, text.hasSuffix("Z") else { return nil }
        let n = text.split { !$0.isNumber }.compactMap { Int($0) }
        guard n.count == 6, let date = CivilDate(year: n[0], month: n[1], day: n[2]) else { return nil }
        guard n[3] < 24, n[4] < 60, n[5] < 60 else { return nil }
        return date.startInUTC.seconds + Int64(n[3] * 3600 + n[4] * 60 + n[5])
    }

    /// A decimal number with at most six fractional digits in micro-units; nil for anything else.
    static func micro(_ text: String?) -> Int64? {
        guard let text else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count <= 6, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        let padded = parts[1] + String(repeating: "0", count: 6 - parts[1].utf8.count)
        return Int64(parts[0] + padded)
    }
}

/// A folder of its own that is removed with the object.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "demo-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(path)/\(name)")) }
}

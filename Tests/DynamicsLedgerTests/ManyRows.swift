import DynamicsTestSupport
import Foundation

/// Import files with many rows, written as they are made.
struct ManyRows {
    var clients: Int
    var transactions: Range<Int>
    /// Changes amounts and clients: other rows for the same ids.
    var seed: UInt64

    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var random = SplitMix64(seed: seed)
        try write(to: folder + "/packages.csv", header: "id,name", rows: 0..<10) { "p\($0),Package \($0)" }
        try write(to: folder + "/clients.csv", header: "id,name,type,currency,created_at", rows: 0..<clients) {
            "c\($0),Client \($0),client,EUR,2024-01-01T00:00:00Z"
        }
        try write(
            to: folder + "/transactions.csv", header: "id,client_id,at,kind,amount,package_id", rows: transactions
        ) { number in
            let minute = number % 1440
            let time = "2024-0\(1 + number % 9)-1\(number % 10)T\(two(minute / 60)):\(two(minute % 60)):00Z"
            let client = random.between(0...clients - 1)
            return number % 4 == 0
                ? "T\(number),c\(client),\(time),renewal,9.99,p\(number % 10)"
                : "T\(number),c\(client),\(time),usage,\(random.between(0...9_999)).25,"
        }
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private func write(to path: String, header: String, rows: Range<Int>, _ row: (Int) -> String) throws {
        try Data().write(to: URL(fileURLWithPath: path))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        var text = header + "\n"
        for number in rows {
            text += row(number)
            text += "\n"
            if text.utf8.count > 1 << 20 {
                try handle.write(contentsOf: Data(text.utf8))
                text = ""
            }
        }
        try handle.write(contentsOf: Data(text.utf8))
    }
}

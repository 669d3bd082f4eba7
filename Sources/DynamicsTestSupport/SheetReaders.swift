package import Foundation

/// Programs of others that read spreadsheets: `scripts/read_sheets.py`.
package enum SheetReader: String, Sendable {
    case openpyxl, xlrd, pandas, libreoffice, xls2csv, freexl, csv

    private static let root = WorkedExample.folder.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Python that has their packages.
    package static var python: String { root.appending(path: ".venv/bin/python").path }

    /// What it finds in files, in their order; in one process, since starting one takes longer than reading.
    ///
    /// - Throws: `PythonFailure` when it cannot read one of them.
    package func read(_ files: [URL]) async throws -> [[ReadSheet]] {
        let script = Self.root.appending(path: "scripts/read_sheets.py").path
        let child = try await ChildProcess([Self.python, script, rawValue] + files.map(\.path))
        guard child.status == 0 else { throw PythonFailure(traceback: "\(rawValue): \(child.errors)") }
        let found = try JSONDecoder().decode([String: [ReadSheet]].self, from: child.output)
        return files.map { found[$0.path] ?? [] }
    }
}

/// A sheet as a reader found it. What a reader does not tell is nil.
package struct ReadSheet: Decodable, Sendable {
    package var name: String
    package var cells: [[ReadCell]]
    /// As `A1:B2`, sorted.
    package var merges: [String]?
    /// The first cell that scrolls.
    package var frozen: String?
    /// Rows on each printed page, as `$1:$2`.
    package var repeated: String?
    package var landscape: Bool?
    package var widths: [Double]?
    package var header: String?
    package var footer: String?
    package var links: Int?
}

/// A cell as a reader found it.
package struct ReadCell: Decodable, Sendable, Equatable, CustomStringConvertible {
    /// What is in it, and of which type.
    package enum Content: Sendable, Equatable {
        case text(String)
        case number(Double)
        case nothing
        /// A formula, a truth value, an error: nothing that is ever written.
        case other(String)

        /// Texts are equal when their scalars are.
        package static func == (a: Content, b: Content) -> Bool {
            switch (a, b) {
            case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
            case (.number(let a), .number(let b)): a == b
            case (.nothing, .nothing): true
            default: false
            }
        }
    }

    package var content: Content
    package var numberFormat: String

    package init(_ content: Content, _ numberFormat: String = "") {
        self.content = content
        self.numberFormat = numberFormat
    }

    package init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        let (type, value) = (try fields.decode(String.self), try fields.decode(String.self))
        numberFormat = try fields.decode(String.self)
        switch type {
        case "s": content = .text(value)
        case "e": content = .nothing
        case "n": content = Double(value).map { .number($0) } ?? .other("number \(value)")
        default: content = .other("\(type) \(value)")
        }
    }

    package var description: String {
        switch content {
        case .text(let text): "text \(text.debugDescription) (\(numberFormat))"
        case .number(let number): "number \(number) (\(numberFormat))"
        case .nothing: "nothing (\(numberFormat))"
        case .other(let other): "\(other) (\(numberFormat))"
        }
    }
}

/// The first cell of a table that is not what is expected, in words; nil when all are. Empty cells at the end of a row need not be there, nor
/// empty rows at the end.
///
/// - Parameters:
///   - comparesFormats: whether number formats count; those of empty cells never do.
///   - isEqual: when contents count as equal.
package func firstDifference(
    _ expected: [[ReadCell]], _ found: [[ReadCell]], comparesFormats: Bool,
    isEqual: (ReadCell.Content, ReadCell.Content) -> Bool = { $0 == $1 }
) -> String? {
    let nothing = ReadCell(.nothing)
    for row in 0..<max(expected.count, found.count) {
        let wanted = row < expected.count ? expected[row] : []
        let actual = row < found.count ? found[row] : []
        for column in 0..<max(wanted.count, actual.count) {
            let a = column < wanted.count ? wanted[column] : nothing
            let b = column < actual.count ? actual[column] : nothing
            let isSameFormat = !comparesFormats || a.content == .nothing || a.numberFormat == b.numberFormat
            if !isEqual(a.content, b.content) || !isSameFormat {
                return "row \(row), column \(column): expected \(a), found \(b)"
            }
        }
    }
    return nil
}

/// A number as C's `%.16G` writes it, read again: what libxlsxwriter puts into a cell. Up to 16 digits that is the very same number.
package func inSixteenDigits(_ number: Double) -> Double { Double(String(format: "%.16G", number)) ?? number }

public import DynamicsModel

/// A report as CSV: *Files* in `docs/interfaces.md`. RFC 4180, UTF-8 with a byte order mark, CRLF.
public enum ReportCSV {
    /// The whole file. The same result is the same bytes, always.
    public static func bytes(_ result: ReportResult) -> [UInt8] {
        let table = ReportTable(result)
        let titles = Measure.allCases.map { "\($0.group): \(table.title(of: $0))" }
        var csv = "\u{FEFF}" + line((table.groupTitles + titles).map(textCell))
        for (cells, measures) in zip(table.groupCells, table.figures) {
            csv += line(cells.map(textCell) + measures.values.map(table.text))
        }
        let total = ["Total"] + Array(repeating: "", count: table.groupTitles.count - 1)
        csv += line(total + table.figures[table.figures.count - 1].values.map(table.text))
        return Array(csv.utf8)
    }

    private static func line(_ cells: [String]) -> String { cells.joined(separator: ",") + "\r\n" }

    /// Text that a spreadsheet could take for a formula gets an apostrophe in front, which is how spreadsheets
    /// themselves mark text: *Files* in `docs/interfaces.md`.
    private static func textCell(_ text: String) -> String {
        let formulaStarts: [UInt8] = [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D]
        let safe = text.utf8.first.map(formulaStarts.contains) == true ? "'" + text : text
        guard safe.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return safe }
        var quoted = "\""
        for scalar in safe.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

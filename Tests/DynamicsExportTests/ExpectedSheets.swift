import DynamicsExport
import DynamicsModel
import DynamicsTestSupport

/// What readers should find in a spreadsheet, worked out from the text of CSV.
struct ExpectedSheets {
    let result: ReportResult
    let info: ReportInfo
    let file: ReportFile

    private var table: ReportTable { ReportTable(result) }

    private var money: String { ["#,##0", "", "#,##0.00", "#,##0.000", "#,##0.0000"][result.currency.minorUnits] }

    var report: [[ReadCell]] {
        let table = table
        let columns = result.query.groupBy
        var rows = [
            table.groupTitles.map { ReadCell(.text($0), "General") }
                + Measure.allCases.map { measure in
                    let isFirst = measure.rawValue == 0 || Measure.allCases[measure.rawValue - 1].group != measure.group
                    return ReadCell(isFirst ? .text(measure.group) : .nothing, "General")
                },
            table.groupTitles.map { _ in ReadCell(.nothing) }
                + Measure.allCases.map {
                    ReadCell(.text($0.title + ($0.isMoney ? " [\(result.currency)]" : "")), "General")
                },
        ]
        for (cells, measures) in zip(table.groupCells, table.figures) {
            let groups = cells.enumerated().map { column, cell in
                columns.isEmpty ? ReadCell(.text(cell), "@") : group(cell, columns[column])
            }
            rows.append(groups + figures(measures))
        }
        let total = table.groupTitles.indices.map { ReadCell($0 == 0 ? .text("Total") : .nothing, "General") }
        return rows + [total + figures(result.total)]
    }

    private func group(_ cell: String, _ grouping: Grouping) -> ReadCell {
        let parts = cell.split(separator: "-").compactMap { Int($0) }
        switch grouping {
        case .year: return ReadCell(.number(Double(cell) ?? 0), "0")
        case .month: return ReadCell(.number(serial(parts[0], parts[1], 1)), "yyyy-mm")
        case .date: return ReadCell(.number(serial(parts[0], parts[1], parts[2])), "yyyy-mm-dd")
        case .package: return ReadCell(.text(cell), "@")
        }
    }

    /// Days since 1899-12-30.
    private func serial(_ year: Int, _ month: Int, _ day: Int) -> Double {
        Double((CivilDate(year: year, month: month, day: day)?.dayNumber ?? 0) + 25_569)
    }

    private func figures(_ measures: Measures) -> [ReadCell] {
        Measure.allCases.map { measure in
            let text = table.text(measures[measure])
            guard let number = Double(text) else { return ReadCell(.nothing) }
            return ReadCell(.number(stored(number)), measure.isMoney ? money : "#,##0")
        }
    }

    /// libxlsxwriter writes 16 digits; up to that they say the very same number.
    private func stored(_ number: Double) -> Double {
        file == .xlsx ? inSixteenDigits(number) : number
    }

    /// What is in the first two columns of the second sheet, by label; the values of a label that comes again are joined.
    static func labels(_ sheet: ReadSheet) -> [String: [ReadCell]] {
        var found: [String: [ReadCell]] = [:]
        for row in sheet.cells where row.count > 1 {
            if case .text(let label) = row[0].content { found[label, default: []].append(row[1]) }
        }
        return found
    }
}

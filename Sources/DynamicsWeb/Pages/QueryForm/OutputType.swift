/// What a report comes as. The raw values are those of templates and of `/runs/ID?output=`.
enum OutputType: String, CaseIterable, Sendable {
    case web
    case csv
    case xls
    case xlsx

    /// As the form shows it.
    var title: String {
        switch self {
        case .web: "Web"
        case .csv: "CSV"
        case .xls: "Excel XLS"
        case .xlsx: "Excel XLSX"
        }
    }
}

import DynamicsExport
import DynamicsModel

/// A chart's settings as one field of a form or an address: on their way from the page to the form, the template, the run and back.
extension ChartSettings {
    static var field: String { "chart_settings" }

    init?(encoded: String) {
        guard let settings = try? ChartSettings(fields: FormFields(encoded: encoded).fields) else { return nil }
        self = settings
    }

    var encoded: String { FormFields(fields).encoded }

    /// The settings in that field, written anew; nil when there are none that can be read. Nobody types them.
    static func encoded(in fields: FormFields) -> String? {
        fields[field].flatMap(ChartSettings.init(encoded:))?.encoded
    }

    /// `Line: Clients - Active: Qty`.
    var words: String {
        let measures = (left + right).map { "\($0.group): \($0.title)" }
        let shown = measures.prefix(3).joined(separator: ", ") + (measures.count > 3 ? ", …" : "")
        return title.isEmpty ? "\(kind.title): \(measures.isEmpty ? "nothing yet" : shown)" : "\(kind.title): \(title)"
    }
}

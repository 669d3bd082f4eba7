import DynamicsModel
import DynamicsWorkspace
import Hummingbird
/// Stands in for the form until it is merged.
enum QueryForm {
    static func model(draft: QueryDraft?, output: String, visit: Visit) async throws -> QueryFormModel {
        QueryFormModel()
    }
}
struct QueryFormModel {}
struct HomePageModel {
    let chrome: PageChrome
    var form: QueryFormModel
    var report = ""
    var styles: [String] = []
    var modules: [String] = []
}
enum OutputType: String, CaseIterable, Sendable {
    case web, csv, xls, xlsx
    var title: String { rawValue.uppercased() }
}

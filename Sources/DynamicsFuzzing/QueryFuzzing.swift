import DynamicsModel
import DynamicsWeb
import Foundation

/// JSON. A query that is read can be written and read again, and means the same; one that is refused names its field.
func fuzzQuery(_ input: [UInt8]) {
    guard let draft = try? JSONDecoder().decode(QueryDraft.self, from: Data(input)) else { return }
    guard let written = try? JSONEncoder().encode(draft),
        let again = try? JSONDecoder().decode(QueryDraft.self, from: written)
    else { preconditionFailure("what was read cannot be written") }
    precondition(again == draft, "a query changes on the way through JSON")
    let zones = TimeZoneDirectory()
    do {
        let text = try draft.resolved(at: Instant(seconds: 1_735_689_600), zones: zones)
        let query = try text.parsed()
        let reread = try QueryText(query).parsed()
        precondition(reread == query, "a query changes on the way through texts")
        precondition(!query.words().isEmpty)
        try query.check(in: zones.rules(named: query.timezone))
    } catch let error as DynamicsError {
        precondition(error.kind == .usage && error.field != nil, "\(error) does not say what to mend")
    } catch {
        preconditionFailure("\(error) is nothing for who sent the query")
    }
}

/// A form. What a page would send back is what was sent, as far as it was understood.
func fuzzForm(_ input: [UInt8]) {
    let form = FormFields(encoded: String(decoding: input, as: UTF8.self))
    precondition(FormFields(encoded: form.encoded) == form, "a form changes on its way")
    let read = QueryInput(form)
    precondition(
        QueryInput(FormFields(encoded: read.fields.encoded)) == read, "a query changes on its way through a form")
}

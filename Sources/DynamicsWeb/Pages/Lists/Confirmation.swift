import DynamicsModel
import Hummingbird

/// A page that asks once more before something is lost. With scripts it opens as a dialog over the page that led to it.
struct Confirmation {
    var chrome: PageChrome
    let heading: String
    /// What is lost, for whom; a paragraph each.
    let consequences: [String]
    /// Where the form is sent.
    let action: String
    let button: String
    /// Where to go afterwards, and without doing it.
    let back: String
    /// Why it was refused; nil: it was not.
    var problem: String?

    func respond(_ visit: Visit) -> Response {
        visit.parts.pages.respond("confirm", self, status: problem == nil ? .ok : .unprocessableContent)
    }
}

extension DynamicsError {
    /// As a sentence of its own, below a field.
    var sentence: String { message.prefix(1).uppercased() + message.dropFirst() + "." }
}

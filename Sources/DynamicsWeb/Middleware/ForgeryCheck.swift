import DynamicsModel
import DynamicsWorkspace
import HTTPTypes
import Hummingbird

/// Tells requests that our own pages make from those that other sites make in a user's name (CSRF).
///
/// Only what a browser sends by itself needs the check: a session cookie. An access token is proof enough.
enum ForgeryCheck {
    /// The form field, and the header that scripts send.
    static let field = "csrf"
    static var header: HTTPField.Name { HTTPField.Name("X-CSRF-Token")! }

    /// - Throws: `WebError.forged`.
    static func pass(_ request: Request, _ context: WebContext, access: Access) throws {
        if [.get, .head, .options].contains(request.method) { return }
        if isFromElsewhere(request) { throw WebError.forged }
        guard let session = context.session else { return }
        let given = context.form[field] ?? request.headers[header] ?? ""
        guard equalInConstantTime(given, session.csrfToken) else { throw WebError.forged }
    }

    /// What browsers say of themselves (Fetch Metadata, Origin): enough for sign-in, where there is no session yet.
    private static func isFromElsewhere(_ request: Request) -> Bool {
        if let site = request.headers[HTTPField.Name("Sec-Fetch-Site")!] {
            return site != "same-origin" && site != "none"
        }
        guard let origin = request.headers[.origin], let host = request.head.authority else { return false }
        return origin != "https://\(host)" && origin != "http://\(host)"
    }

    /// Takes the same time wherever the texts differ.
    static func equalInConstantTime(_ a: String, _ b: String) -> Bool {
        guard a.utf8.count == b.utf8.count, !a.isEmpty else { return false }
        return zip(a.utf8, b.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

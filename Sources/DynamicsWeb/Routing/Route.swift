import DynamicsModel
package import DynamicsWorkspace
import HTTPTypes
import Hummingbird

/// Who may call a route. What is not allowed is refused before the route's own code runs.
package enum Access: String, Sendable, CaseIterable {
    /// Anybody, signed in or not.
    case everyone
    /// Whoever may see reports: administrators, analysts and resellers' users, by session or token.
    case viewers
    /// Administrators only.
    case administrators
    /// Administrators, and tokens of ledger writers.
    case ledgerWriters
    /// The machine itself (loopback), or an administrator.
    case operations

    /// Whether an account may call a route with this access.
    /// - Parameter isLocal: whether the connection comes from this machine.
    package func allows(_ account: Account?, isLocal: Bool) -> Bool {
        switch self {
        case .everyone: true
        case .viewers: account.map { $0.scope != nil } ?? false
        case .administrators: account?.role == .administrator
        case .ledgerWriters: account?.role == .administrator || account?.role == .ledgerWriter
        case .operations: isLocal || account?.role == .administrator
        }
    }
}

/// A request on its way through a route, with all that is known of it.
struct Visit: Sendable {
    let request: Request
    let context: WebContext
    let parts: WebParts

    /// Who asks.
    /// - Throws: where nobody is signed in; routes for viewers never get there.
    func viewer() throws -> Account {
        guard let account = context.account else { throw WebError.notSignedIn }
        return account
    }

    /// A parameter of the path, such as `id`.
    func parameter(_ name: String) -> String { context.parameters[name[...]].map(String.init) ?? "" }

    /// The fields of the address's query.
    var query: FormFields { FormFields(encoded: request.uri.query ?? "") }

    var form: FormFields { context.form }
}

/// One thing that the server answers to. All routes stand in tables (`WebServer.routes`); nothing is reachable that is not in one.
struct Route: Sendable {
    let method: HTTPRequest.Method
    /// As Hummingbird writes it: `/templates/{id}`.
    let path: String
    let access: Access
    /// Whether a form of another site may be sent to it.
    let isOpenToOtherSites: Bool
    let respond: @Sendable (Visit) async throws -> Response

    init(
        _ method: HTTPRequest.Method, _ path: String, for access: Access, isOpenToOtherSites: Bool = false,
        _ respond: @escaping @Sendable (Visit) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.isOpenToOtherSites = isOpenToOtherSites
        self.respond = respond
    }
}

extension Route {
    /// Adds the route to a router, behind the checks that all routes have: who asks, and that a browser's form is ours.
    func add(to router: Router<WebContext>, parts: WebParts) {
        let route = self
        router.on(RouterPath(path), method: method) { request, context in
            let isLocal = context.address == "127.0.0.1" || context.address == "::1"
            guard route.access.allows(context.account, isLocal: isLocal) else {
                throw context.account == nil ? WebError.notSignedIn : WebError.notAllowed
            }
            if !route.isOpenToOtherSites { try ForgeryCheck.pass(request, context, access: route.access) }
            return try await route.respond(Visit(request: request, context: context, parts: parts))
        }
    }
}

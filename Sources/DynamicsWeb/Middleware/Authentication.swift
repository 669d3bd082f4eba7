import DynamicsWorkspace
import HTTPTypes
import Hummingbird
import NIOCore

/// Finds out who asks: by the session's cookie or by an access token, and reads the fields of a submitted form.
///
/// It refuses nobody: what an account may do is decided by the route's `Access`. A token that is not valid is refused, though,
/// since whoever sends one does not want to be anybody else.
struct Authentication: RouterMiddleware {
    let workspace: Workspace
    let settings: WebSettings
    let rates: RequestRates
    let metrics: WebMetrics

    /// Forms are small; files come by other ways.
    static let largestForm_bytes = 1 << 20

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        var request = request
        if let header = request.headers[.authorization] {
            context.account = try await account(bearing: header)
            // Whoever guesses is counted by address.
            if context.account == nil {
                try take(request, context)
                throw WebError.notSignedIn
            }
        } else if let token = request.cookies[SessionCookie.name]?.value {
            context.session = try await workspace.session(token: token)
            context.account = context.session?.account
        }
        try take(request, context)
        if request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") == true {
            let body = try await Self.collect(&request, limit_bytes: Self.largestForm_bytes)
            context.form = FormFields(encoded: String(buffer: body))
        }
        return try await next(request, context)
    }

    /// nil: it is no valid token.
    private func account(bearing header: String) async throws -> Account? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return try await workspace.authenticate(secret: String(parts[1]))
    }

    /// - Throws: `WebError.tooManyRequests`. Files that never change, and questions after our health, are not counted.
    private func take(_ request: Request, _ context: WebContext) throws {
        let path = request.uri.path
        if path.hasPrefix("/assets/") || path == "/healthz" || path == "/readyz" { return }
        let key: RequestRates.Key =
            context.account.map { .account($0.id) } ?? .network(NetworkAddress.network(of: context.address))
        guard let wait = rates.take(key) else { return }
        metrics.noteTurnedAway()
        throw WebError.tooManyRequests(
            retryAfter_seconds: wait,
            "There were more than \(settings.requestsPerMinute) requests in a minute. Try again in \(wait) seconds.")
    }

    /// The whole body, which stays readable.
    static func collect(_ request: inout Request, limit_bytes: Int) async throws -> ByteBuffer {
        do {
            return try await request.collectBody(upTo: limit_bytes)
        } catch is NIOTooManyBytesError {
            throw WebError.tooLarge(limit_bytes: limit_bytes)
        }
    }
}

/// The cookie that a session is kept by.
enum SessionCookie {
    static let name = "session"

    /// - Parameter isSecure: whether it may travel by TLS only.
    static func make(_ token: String, isSecure: Bool) -> Cookie {
        Cookie(name: name, value: token, path: "/", secure: isSecure, httpOnly: true, sameSite: .lax)
    }

    /// Makes the browser forget it.
    static func cleared(isSecure: Bool) -> Cookie {
        Cookie(name: name, value: "", maxAge: 0, path: "/", secure: isSecure, httpOnly: true, sameSite: .lax)
    }
}

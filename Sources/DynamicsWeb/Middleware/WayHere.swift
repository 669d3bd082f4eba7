import HTTPTypes
import Hummingbird

/// Finds out where a request comes from and whether by TLS: from the connection, or from what a trusted proxy says of its own. The
/// outermost middleware, since all others go by it.
struct WayHere: RouterMiddleware {
    let settings: WebSettings

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let proxy = settings.trustedProxy, context.address == proxy {
            context.address = Self.lastHop(request.headers[values: .xForwardedFor]) ?? context.address
            context.isSecure = request.headers[.xForwardedProto] == "https"
        }
        if settings.certificate != nil || settings.publicAddress?.hasPrefix("https://") == true {
            context.isSecure = true
        }
        var response = try await next(request, context)
        if context.connection.isUsedUp { response.headers[.connection] = "close" }
        return response
    }

    /// The address that the proxy itself saw: the last one in the list, since earlier ones can be made up.
    private static func lastHop(_ headers: [String]) -> String? {
        headers.last?.split(separator: ",").last.map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
    }
}

extension HTTPField.Name {
    static var xForwardedFor: Self { Self("X-Forwarded-For")! }
    static var xForwardedProto: Self { Self("X-Forwarded-Proto")! }
}

import DynamicsModel
import HTTPTypes
import Hummingbird
import Logging

/// A line for each request, with the id that error pages name; and its count and time for `/metrics`.
struct RequestLog: RouterMiddleware {
    let metrics: WebMetrics

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        var response = try await next(request, context)
        response.headers[HTTPField.Name("X-Request-ID")!] = context.id
        let time = start.duration(to: clock.now)
        let route = context.endpointPath ?? "none"
        metrics.noteRequest(method: request.method.rawValue, route: route, status: response.status.code, time: time)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)", "route": "\(route)",
                "status": .stringConvertible(response.status.code), "ms": .stringConvertible(Int(time.milliseconds)),
                "address": "\(context.address)",
            ])
        return response
    }
}

extension Duration {
    /// Rounded down.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

import DynamicsModel
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// Turns errors into answers: a page for people, problem details (RFC 9457) for programs. What is our own fault is logged
/// whole and told only by the request's id.
struct ErrorAnswers: RouterMiddleware {
    let pages: Pages

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            // The client went away; nobody reads the answer.
            if error is CancellationError {
                return Response(status: .init(code: 499, reasonPhrase: "Client Closed Request"))
            }
            let problem = Self.wrongMethod(error, request) ?? Problem(error) ?? .fault(requestID: context.id)
            if problem.status.kind == .serverError {
                context.logger.error("request failed", metadata: ["error": "\(String(reflecting: error))"])
            }
            return answer(problem, to: request, context)
        }
    }

    /// Where there is something, though not for that method: the router tells only that it has found nothing.
    private static func wrongMethod(_ error: any Error, _ request: Request) -> Problem? {
        guard let error = error as? HTTPError, error.status == .notFound else { return nil }
        let methods = KnownPaths.methods(at: request.uri.path)
        guard !methods.isEmpty, !methods.contains(request.method) else { return nil }
        return Problem(
            status: .methodNotAllowed, code: "method_not_allowed",
            detail: "This address takes \(methods.map(\.rawValue).sorted().joined(separator: ", ")).", allowed: methods)
    }

    private func answer(_ problem: Problem, to request: Request, _ context: WebContext) -> Response {
        let isPage = !request.uri.path.hasPrefix("/api/") && request.headers[.accept]?.contains("text/html") == true
        if isPage, problem.code == "not_signed_in", request.method == .get {
            return .redirect(to: "/sign-in?to=" + FormFields.encode(request.uri.description))
        }
        var response = isPage ? page(problem, context) : Self.problemDetails(problem, requestID: context.id)
        if let seconds = problem.retryAfter_seconds { response.headers[.retryAfter] = String(seconds) }
        if !problem.allowed.isEmpty {
            response.headers[.allow] = problem.allowed.map(\.rawValue).sorted().joined(separator: ", ")
        }
        if problem.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    private func page(_ problem: Problem, _ context: WebContext) -> Response {
        let model = ErrorPageModel(
            chrome: PageChrome(title: problem.status.reasonPhrase, context), status: problem.status.code,
            heading: problem.status.reasonPhrase, detail: problem.detail, requestID: context.id)
        return pages.respond("error", model, status: problem.status)
    }

    static func problemDetails(_ problem: Problem, requestID: String) -> Response {
        var object: [String: Any] = [
            "type": "about:blank", "title": problem.status.reasonPhrase, "status": problem.status.code,
            "code": problem.code, "detail": problem.detail, "request_id": requestID,
        ]
        if let field = problem.field { object["field"] = field }
        let data = (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])) ?? Data()
        return Response(
            status: problem.status, headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }
}

/// What the error page shows.
struct ErrorPageModel {
    let chrome: PageChrome
    let status: Int
    let heading: String
    let detail: String
    let requestID: String
}

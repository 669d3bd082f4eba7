import DynamicsModel
import HTTPTypes
import Hummingbird

/// What is wrong with a request, before or beside what the use cases say (`DynamicsError`).
enum WebError: Error {
    case notSignedIn
    case notAllowed
    case notFound
    /// The form's token is missing or not the session's: a forged request, or a page that was open for too long.
    case forged
    /// A body that cannot be read; the sentence says why.
    case badRequest(String)
    case tooLarge(limit_bytes: Int)
    case tooManyRequests(retryAfter_seconds: Int, String)
    /// Another kind of body than the route takes.
    case unsupportedMediaType(String)
}

/// An error as it leaves: a status, a stable code, a sentence for who can mend it.
struct Problem: Sendable {
    var status: HTTPResponse.Status
    var code: String
    var field: String?
    var detail: String
    var retryAfter_seconds: Int?
    /// With 405: what the address takes.
    var allowed: Set<HTTPRequest.Method> = []

    /// - Returns: nil for what is our own fault and must not be shown.
    init?(_ error: any Error) {
        switch error {
        case let error as WebError: self.init(error)
        case let error as DynamicsError: self.init(error)
        case let error as HTTPError:
            self.init(status: error.status, code: "http_\(error.status.code)", detail: Self.sentence(for: error.status))
        default: return nil
        }
    }

    init(
        status: HTTPResponse.Status, code: String, field: String? = nil, detail: String,
        retryAfter_seconds: Int? = nil, allowed: Set<HTTPRequest.Method> = []
    ) {
        self.allowed = allowed
        self.status = status
        self.code = code
        self.field = field
        self.detail = detail
        self.retryAfter_seconds = retryAfter_seconds
    }

    private init(_ error: WebError) {
        switch error {
        case .notSignedIn:
            self.init(status: .unauthorized, code: "not_signed_in", detail: "Sign in, or send a valid access token.")
        case .notAllowed:
            self.init(status: .forbidden, code: "not_allowed", detail: "Your role does not allow this.")
        case .notFound:
            self.init(
                status: .notFound, code: "not_found",
                detail: "There is nothing here: it was deleted, its link was revoked or expired, or it is not for you.")
        case .forged:
            self.init(
                status: .forbidden, code: "forged",
                detail: "This page was open for too long, or the request came from elsewhere. Load the page again.")
        case .badRequest(let sentence): self.init(status: .badRequest, code: "bad_request", detail: sentence)
        case .tooLarge(let limit):
            self.init(
                status: .contentTooLarge, code: "too_large",
                detail: "The body is larger than the \(limit) bytes that are accepted here.")
        case .tooManyRequests(let seconds, let sentence):
            self.init(
                status: .tooManyRequests, code: "too_many_requests", detail: sentence, retryAfter_seconds: seconds)
        case .unsupportedMediaType(let sentence):
            self.init(status: .unsupportedMediaType, code: "unsupported_media_type", detail: sentence)
        }
    }

    private init(_ error: DynamicsError) {
        let status: HTTPResponse.Status =
            switch (error.kind, error.code) {
            case (_, "not_found"): .notFound
            case (_, "too_many_runs"): .tooManyRequests
            case (.usage, _), (.data, _): .unprocessableContent
            case (.unavailable, _): .serviceUnavailable
            case (.fault, _): .internalServerError
            }
        self.init(
            status: status, code: error.code, field: error.field, detail: error.message,
            retryAfter_seconds: status == .tooManyRequests || status == .serviceUnavailable ? 5 : nil)
    }

    /// What cannot be told: something went wrong that should not.
    static func fault(requestID: String) -> Problem {
        Problem(
            status: .internalServerError, code: "fault",
            detail: "Something went wrong on our side. The log has it under \(requestID).")
    }

    private static func sentence(for status: HTTPResponse.Status) -> String {
        switch status {
        case .notFound: "There is nothing at this address."
        case .methodNotAllowed: "This address does not take that method."
        case .contentTooLarge: "The body is larger than what is accepted here."
        default: "\(status.reasonPhrase)."
        }
    }
}

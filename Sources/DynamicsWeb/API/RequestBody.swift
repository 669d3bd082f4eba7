import DynamicsModel
import Foundation

/// JSON that programs send.
enum RequestBody {
    /// Reads a JSON object, and refuses what it does not know: a misspelt field is a mistake, not a wish for the default.
    ///
    /// - Parameters:
    ///   - fields: the names of all fields.
    ///   - required: those that must be there.
    ///   - example: an object that would do.
    /// - Throws: `WebError.badRequest` for what is no JSON object; `DynamicsError` with the field for what it says wrong.
    static func read<Value: Decodable>(
        _ type: Value.Type = Value.self, _ data: Data, fields: Set<String>, required: [String] = [], example: String
    ) throws -> Value {
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw WebError.badRequest("The body is not a JSON object; send one such as \(example).")
        }
        if let unknown = object.keys.filter({ !fields.contains($0) }).min() {
            throw DynamicsError(
                .usage, "unknown_field", field: unknown,
                "there is no such field; the fields are \(fields.sorted().joined(separator: ", "))")
        }
        for name in required where object[name] == nil || object[name] is NSNull {
            throw DynamicsError(.usage, "missing_field", field: name, "must be there")
        }
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch let error as DecodingError {
            throw DynamicsError(.usage, "bad_type", field: error.field, error.sentence)
        }
    }

    static let queryExample = "{\"from\": \"2024-01-01\", \"to\": \"2024-12-31\"}"
}

/// What `POST /api/v1/reports` takes: the `query` object of section 7 of `docs/semantics.md`, and beside its fields `output` and
/// `send_to`.
struct ReportRequest: Decodable {
    let query: QueryText
    /// What is sent as a file; nil: nothing is.
    let output: String?
    let sendTo: [String]?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case output
        case sendTo = "send_to"
    }

    private static let fieldNames = QueryText.fieldNames.union(CodingKeys.allCases.map(\.rawValue))

    init(from decoder: any Decoder) throws {
        query = try QueryText(from: decoder)
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        output = try fields.decodeIfPresent(String.self, forKey: .output)
        sendTo = try fields.decodeIfPresent([String].self, forKey: .sendTo)
    }

    /// - Throws: as `RequestBody.read`; the period needs both its ends.
    static func read(_ data: Data) throws -> ReportRequest {
        try RequestBody.read(
            ReportRequest.self, data, fields: fieldNames, required: ["from", "to"], example: RequestBody.queryExample)
    }
}

extension DecodingError {
    private var context: Context? {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context
        @unknown default: nil
        }
    }

    /// The field of the outermost object.
    var field: String? { context?.codingPath.first?.stringValue }

    /// What is expected there.
    var sentence: String {
        switch self {
        case .typeMismatch(let type, _), .valueNotFound(let type, _): "the value must be \(Self.name(of: type))"
        default: "the value cannot be read"
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Int.Type: "a whole number"
        case is Bool.Type: "true or false"
        default: "a list of texts"
        }
    }
}

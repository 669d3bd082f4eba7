import Foundation

/// Names and values of a form or of an address's query, in their order, names as often as they occur
/// (`application/x-www-form-urlencoded`, URL Standard section 5).
struct FormFields: Sendable, Hashable {
    private(set) var fields: [(name: String, value: String)] = []

    init() {}

    init(_ fields: [(name: String, value: String)]) { self.fields = fields }

    /// - Parameter encoded: without the question mark. What is not valid percent encoding or UTF-8 is dropped.
    init(encoded: String) {
        for pair in encoded.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = parts.count == 2 ? Self.decoded(parts[1]) : "" else {
                continue
            }
            fields.append((name, value))
        }
    }

    private static func decoded(_ text: Substring) -> String? {
        text.replacingOccurrences(of: "+", with: " ").removingPercentEncoding
    }

    /// The first value of that name.
    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of that name.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    /// As a query: `a=1&b=2`, with everything encoded that is not unreserved (RFC 3986).
    var encoded: String {
        fields.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    static func == (a: FormFields, b: FormFields) -> Bool { a.fields.elementsEqual(b.fields, by: ==) }

    func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}

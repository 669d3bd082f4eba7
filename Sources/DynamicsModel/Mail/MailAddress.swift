/// An address that mail is sent to, as `local@domain`: RFC 5321 section 4.1.2 without quoted local parts and addresses in brackets,
/// which no mailbox of a person has.
public struct MailAddress: Sendable, Hashable, CustomStringConvertible {
    public let local: String
    /// In lower case.
    public let domain: String

    /// - Parameter text: with blanks around it or not.
    /// - Throws: `DynamicsError` (`usage`, `bad_address`) that says what is wrong.
    public init(_ text: String, field: String? = nil) throws {
        let text = Self.trimmed(text)
        func bad(_ why: String) -> DynamicsError {
            DynamicsError(.usage, "bad_address", field: field, "\"\(text.prefix(80))\" is no mail address: \(why)")
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw bad(parts.count < 2 ? "it has no @" : "it has more than one @") }
        guard !parts[0].isEmpty else { throw bad("there is nothing before the @") }
        guard !parts[1].isEmpty else { throw bad("there is nothing behind the @") }
        // RFC 5321 section 4.5.3.1.
        guard parts[0].utf8.count <= 64 else { throw bad("more than 64 characters before the @") }
        guard text.utf8.count <= 254 else { throw bad("it has more than 254 characters") }
        guard parts[0].utf8.allSatisfy(Self.isAtom), Self.isDotted(parts[0]) else {
            throw bad("before the @ there may be letters, digits, single dots, and !#$%&'*+-/=?^_`{|}~")
        }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 1, labels.allSatisfy(Self.isLabel) else {
            throw bad(
                parts[1].utf8.allSatisfy { $0 < 0x80 }
                    ? "\"\(parts[1].prefix(80))\" is no domain such as example.com"
                    : "write the domain in its ASCII form (xn--...)")
        }
        local = String(parts[0])
        domain = parts[1].lowercased()
    }

    public var description: String { "\(local)@\(domain)" }

    private static func trimmed(_ text: String) -> String {
        let blanks: Set<Character> = [" ", "\t", "\n", "\r\n", "\r"]
        return String(text.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed())
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
        }
    }

    private static func isDotted(_ local: Substring) -> Bool {
        local.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }

    /// RFC 1123 section 2.1.
    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

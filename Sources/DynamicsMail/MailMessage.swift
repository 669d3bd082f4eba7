public import DynamicsModel

/// A message to one person.
public struct MailMessage: Sendable, Hashable {
    /// A file that goes along.
    public struct Attachment: Sendable, Hashable {
        /// ASCII without control characters and quotes.
        public let name: String
        public let mediaType: String
        public let bytes: [UInt8]

        /// - Precondition: the name and the media type are as they have to be.
        public init(name: String, mediaType: String, bytes: [UInt8]) {
            precondition((name + mediaType).utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") })
            self.name = name
            self.mediaType = mediaType
            self.bytes = bytes
        }
    }

    public var to: MailAddress
    /// One line.
    public var subject: String
    public var text: String
    public var html: String
    public var attachment: Attachment?
    /// Without its angle brackets, such as `id@example.com`; the same one when the message is sent again.
    public var id: String
    public var date: Instant

    /// - Throws: `DynamicsError` (`usage`, `bad_mail`) for a subject or an id that is not one line.
    public init(
        to: MailAddress, subject: String, text: String, html: String, attachment: Attachment? = nil, id: String,
        date: Instant
    ) throws {
        guard !(subject + id).unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw DynamicsError(
                .usage, "bad_mail", field: "subject", "a subject has no line breaks or control characters")
        }
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.attachment = attachment
        self.id = id
        self.date = date
    }

    /// The header, but for what describes the body.
    func headerLines(from sender: MailAddress) -> [String] {
        [
            "From: Customer Dynamics <\(sender)>", "To: <\(to)>", "Subject: \(Self.encoded(subject))",
            "Date: \(Self.text(date))", "Message-ID: <\(id)>",
            // RFC 3834: nobody answers that they are on holiday.
            "Auto-Submitted: auto-generated",
        ]
    }

    /// RFC 2047: as it is when it is ASCII, else in words of base64 that hold whole characters, each on a line of its own.
    static func encoded(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }), text.utf8.count <= 900, !text.contains("=?") {
            return text
        }
        var words: [String] = []
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            let more = Array(String(scalar).utf8)
            if bytes.count + more.count > 45 {
                words.append(base64(bytes))
                bytes = []
            }
            bytes += more
        }
        if !bytes.isEmpty { words.append(base64(bytes)) }
        return words.map { "=?UTF-8?B?\($0)?=" }.joined(separator: "\r\n ")
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            bits &= 0xFF_FFFF
            let digits = (0..<4).map { alphabet[bits >> (18 - 6 * $0) & 63] }
            text += digits[...group.count] + Array(repeating: UInt8(ascii: "="), count: 3 - group.count)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// RFC 5322 section 3.3, in UTC.
    static func text(_ instant: Instant) -> String {
        let time = CivilTime(seconds: instant.seconds)
        let (year, month, day) = time.date.components
        let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let second = time.secondOfDay
        let clock = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        let weekday = days[Schedule.Weekday(time.date).rawValue - 1]
        return "\(weekday), \(two(day)) \(months[month - 1]) \(year) \(clock) +0000"
    }
}

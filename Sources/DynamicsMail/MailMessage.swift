public import DynamicsModel

/// A message to one person.
public struct MailMessage: Sendable, Hashable {
    /// A file that goes along.
    public struct Attachment: Sendable, Hashable {
        /// In whatever script.
        public let name: String
        public let mediaType: String
        public let bytes: [UInt8]

        /// - Parameter name: 1 to 200 characters (scalars), on one line.
        /// - Throws: `DynamicsError` (`usage`, `bad_mail`) for another name.
        /// - Precondition: the media type is ASCII without control characters.
        public init(name: String, mediaType: String, bytes: [UInt8]) throws {
            precondition(MailHeader.isPlain(mediaType))
            guard (1...200).contains(name.unicodeScalars.count), MailHeader.isOneLine(name) else {
                throw DynamicsError(
                    .usage, "bad_mail", field: "attachment",
                    "a file name has 1 to 200 characters, and no line breaks or control characters")
            }
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

    /// - Throws: `DynamicsError` (`usage`, `bad_mail`) for a subject that is not one line, and for an id that is not ASCII, or has
    ///   blanks, angle brackets, or not one @.
    public init(
        to: MailAddress, subject: String, text: String, html: String, attachment: Attachment? = nil, id: String,
        date: Instant
    ) throws {
        guard MailHeader.isOneLine(subject) else {
            throw DynamicsError(
                .usage, "bad_mail", field: "subject", "a subject has no line breaks or control characters")
        }
        guard MailHeader.isPlain(id), !id.contains(where: { " <>".contains($0) }),
            id.split(separator: "@", omittingEmptySubsequences: false).map(\.isEmpty) == [false, false]
        else {
            throw DynamicsError(
                .usage, "bad_mail", field: "id", "an id of a message looks like name@example.com, in ASCII")
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
            "From: Customer Dynamics <\(sender)>", "To: <\(to)>", "Subject: \(MailHeader.words(subject))",
            "Date: \(MailHeader.date(date))", "Message-ID: <\(id)>",
            // RFC 3834: nobody answers that they are on holiday.
            "Auto-Submitted: auto-generated",
        ]
    }
}

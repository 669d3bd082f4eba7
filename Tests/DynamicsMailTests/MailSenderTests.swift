import DynamicsMail
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

@Suite struct MailSenderTests {
    private func message(
        subject: String = "Customer Dynamics 2024", attachment: MailMessage.Attachment? = nil
    ) throws -> MailMessage {
        try MailMessage(
            to: try MailAddress("ann@reseller.example"), subject: subject, text: "Добрий день\nline 2\n.\n..dots\n",
            html: "<p>Добрий день &amp; more</p>", attachment: attachment, id: "delivery-1@operator.example",
            date: Instant(seconds: 1_718_444_700))
    }

    @Test func aMessageArrivesWhole() async throws {
        var random = SplitMix64(seed: 3)
        let bytes = (0..<200_000).map { _ in UInt8(random.between(0...255)) }
        let subject =
            "Звіт «Customer Dynamics», 2024-01-01 to 2024-12-31, a subject that is far longer than a line of mail may be 🎉 and goes on"
        try await TestServer.with { server in
            let file = try MailMessage.Attachment(
                name: "customer-dynamics 2024-01-01 to 2024-12-31.xlsx",
                mediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes: bytes)
            try await MailSender(try server.settings()).send(try message(subject: subject, attachment: file))
            let mail = try await server.received()
            #expect(mail.defects.isEmpty && mail["Subject"] == subject)
            #expect(mail["X-Envelope"]?.hasPrefix("reports@operator.example ann@reseller.example") == true)
            #expect(
                mail["From"] == "Customer Dynamics <reports@operator.example>" && mail["To"] == "ann@reseller.example"
                    || mail["To"] == "<ann@reseller.example>")
            #expect(
                mail["Message-ID"] == "<delivery-1@operator.example>"
                    && mail["Date"] == "Sat, 15 Jun 2024 09:45:00 +0000")
            #expect(mail["Auto-Submitted"] == "auto-generated")
            #expect(mail.types.prefix(4) == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"])
            #expect(
                mail.texts.map { $0.replacing("\r\n", with: "\n") } == [
                    "Добрий день\nline 2\n.\n..dots\n", "<p>Добрий день &amp; more</p>",
                ])
            #expect(mail.file?[0] == file.name && mail.file?[1] == file.mediaType)
            #expect(mail.file.flatMap { Data(base64Encoded: $0[2]) } == Data(bytes))
        }
    }

    @Test(arguments: [
        "customer-dynamics 2024-01-01 to 2024-12-31.xlsx", "Звіт «за рік» ' 100%; *.csv", "a \"quoted\\ name.xls",
        "🎉.csv",
        String(repeating: "long ", count: 39) + ".csv", String(repeating: "ї", count: 196) + ".csv",
    ]) func namesOfFilesArrive(name: String) async throws {
        try await TestServer.with { server in
            let file = try MailMessage.Attachment(name: name, mediaType: "text/csv", bytes: Array("a,b\r\n".utf8))
            try await MailSender(try server.settings()).send(try message(subject: name, attachment: file))
            let mail = try await server.received()
            #expect(mail.defects.isEmpty && mail["Subject"] == name)
            #expect(mail.file == [name, "text/csv", Data(file.bytes).base64EncodedString()])
            let source = try Data(contentsOf: server.folder.appending(path: "1.eml"))
            let lines = String(decoding: source, as: UTF8.self).components(separatedBy: "\r\n").dropFirst()
            // A type with libcurl's boundary, or of an XLSX file, is one word that is longer.
            let long = lines.filter { $0.utf8.count > 76 && !$0.hasPrefix("Content-Type: ") }
            #expect(long.isEmpty && lines.allSatisfy { !$0.contains("\n") && $0.utf8.allSatisfy { $0 < 0x80 } })
        }
    }

    @Test func eximTakesIt() async throws {
        let password = "a secret, really"
        try await TestServer.with(script: "exim_server.py", ["operator", password]) { server in
            let settings = try server.settings(.starttls, user: "operator", password: password)
            let file = try MailMessage.Attachment(
                name: "звіт.csv", mediaType: "text/csv", bytes: (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * $0) }
            )
            try await MailSender(settings).send(try message(subject: "Звіт", attachment: file))
            let mail = try await server.received()
            #expect(mail.defects.isEmpty && mail["Subject"] == "Звіт")
            // Encrypted and signed in, and by its proper name.
            #expect(mail["Received"]?.contains("esmtpsa") == true)
            #expect(mail["Received"]?.contains("(helo=operator.example)") == true)
            #expect(mail.file == ["звіт.csv", "text/csv", Data(file.bytes).base64EncodedString()])

            func failure(_ settings: MailServer, to address: String) async throws -> MailFailure? {
                var message = try message()
                message.to = try MailAddress(address)
                return await #expect(throws: MailFailure.self) { try await MailSender(settings).send(message) }
            }
            let gone = try await failure(settings, to: "nobody@reseller.example")
            #expect(gone?.cause == .permanent && gone?.description.contains("no such mailbox") == true)
            let moved = try await failure(settings, to: "moved@reseller.example")
            #expect(moved?.cause == .temporary && moved?.description.contains("being moved") == true)
            var wrong = settings
            wrong.password = "another secret"
            #expect(try await failure(wrong, to: "ann@reseller.example")?.cause == .configuration)
            var stranger = settings
            stranger.certificates = nil
            #expect(try await failure(stranger, to: "ann@reseller.example")?.cause == .configuration)
            var open = settings
            open.security = .none
            open.user = nil
            let refused = try await failure(open, to: "ann@reseller.example")
            #expect(refused?.cause == .permanent && refused?.description.contains("encryption") == true)
        }
    }

    @Test func withStartTLSAndAPassword() async throws {
        try await TestServer.with(["--starttls", "--auth", "operator", "a secret, really"]) { server in
            let settings = try server.settings(.starttls, user: "operator", password: "a secret, really")
            try await MailSender(settings).send(try message())
            #expect(try await server.received()["X-Envelope"]?.hasSuffix("True True") == true)
            var wrong = settings
            wrong.password = "another secret"
            let failure = await #expect(throws: MailFailure.self) { try await MailSender(wrong).send(try message()) }
            #expect(
                failure?.cause == .configuration && failure?.description.contains("secret") == false,
                "\(String(describing: failure))")
        }
    }

    @Test func withTLSFromTheFirstByte() async throws {
        try await TestServer.with(["--tls"]) { server in
            try await MailSender(try server.settings(.tls)).send(try message())
            #expect(try await server.received()["Subject"] == "Customer Dynamics 2024")
            var suspicious = try server.settings(.tls)
            suspicious.certificates = nil
            let failure = await #expect(throws: MailFailure.self) {
                try await MailSender(suspicious).send(try message())
            }
            #expect(failure?.cause == .configuration && failure?.description.contains("certificate") == true)
        }
    }

    @Test func startTLSThatIsNotThereIsNoReasonToGoOnWithout() async throws {
        try await TestServer.with { server in
            var settings = try server.settings()
            settings.security = .starttls
            let failure = await #expect(throws: MailFailure.self) { try await MailSender(settings).send(try message()) }
            #expect(failure?.cause == .configuration && failure?.description.contains("STARTTLS") == true)
            #expect(!FileManager.default.fileExists(atPath: server.folder.appending(path: "1.eml").path))
        }
    }

    @Test(arguments: [
        (["--rcpt", "550 5.1.1 nobody of that name"], MailFailure.Cause.permanent, "nobody of that name"),
        (["--rcpt", "450 4.2.1 come back later"], .temporary, "come back later"),
        (["--data", "554 5.7.1 smells of spam"], .permanent, "smells of spam"),
        (["--data", "452 4.3.1 disk full"], .temporary, "disk full"), (["--drop"], .temporary, "broke"),
        (["--slow", "30"], .temporary, "in time"),
    ]) func faultsAreTold(options: [String], cause: MailFailure.Cause, words: String) async throws {
        try await TestServer.with(options) { server in
            var settings = try server.settings()
            settings.timeout_seconds = 2
            let failure = await #expect(throws: MailFailure.self) { try await MailSender(settings).send(try message()) }
            #expect(
                failure?.cause == cause && failure?.description.contains(words) == true,
                "\(String(describing: failure))")
        }
    }

    @Test func nobodyListens() async throws {
        let settings = MailServer(
            host: "localhost", port: 1, security: .none, sender: try MailAddress("a@b.example"),
            connectTimeout_seconds: 2)
        let failure = await #expect(throws: MailFailure.self) { try await MailSender(settings).send(try message()) }
        #expect(failure?.cause == .temporary && failure?.description.contains("not reachable") == true)
    }

    @Test func sendingCanBeCancelled() async throws {
        try await TestServer.with(["--slow", "30"]) { server in
            let sender = MailSender(try server.settings())
            let message = try message()
            let task = Task { try await sender.send(message) }
            try await Task.sleep(for: .milliseconds(300))
            let start = ContinuousClock.now
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(ContinuousClock.now - start < .seconds(3))
        }
    }

    @Test func linesCannotBePutIn() {
        #expect(throws: DynamicsError.self) { try message(subject: "Report\r\nBcc: all@example.com") }
        #expect(throws: DynamicsError.self) { try message(subject: "Report\u{0}") }
        #expect(throws: DynamicsError.self) { try message(subject: "Report\u{2028}Bcc: all@example.com") }
        for name in ["", "a\r\nb.csv", "a\u{7F}", String(repeating: "a", count: 201)] {
            #expect(throws: DynamicsError.self) {
                try MailMessage.Attachment(name: name, mediaType: "text/csv", bytes: [])
            }
        }
        for id in ["", "a", "a@", "a@b@c", "a b@c", "a@b>\r\nBcc: <x", "é@b", "<a@b>"] {
            #expect(throws: DynamicsError.self) {
                try MailMessage(
                    to: try MailAddress("a@b.example"), subject: "", text: "", html: "", id: id,
                    date: Instant(seconds: 0))
            }
        }
    }

    @Test(arguments: [
        ("ann@example.com", "ann@example.com"), (" Ann.B+x@Mail.Example.COM\n", "Ann.B+x@mail.example.com"),
        ("o'neil@xn--bcher-kva.example", "o'neil@xn--bcher-kva.example"),
    ]) func addressesAreRead(text: String, expected: String) throws {
        #expect(try MailAddress(text).description == expected)
    }

    @Test(arguments: [
        "", "ann", "@example.com", "ann@", "ann@example", "ann@@example.com", "ann@exa mple.com", "an n@example.com",
        "ann@-a.com",
        "ann@example..com", ".ann@example.com", "ann.@example.com", "a..b@example.com", "ann@bücher.example",
        "\"ann\"@example.com",
        "ann@example.com\r\nBcc: x@y.z", "ann<b@example.com", String(repeating: "a", count: 65) + "@example.com",
        "a@" + String(repeating: "a.", count: 130) + "com",
    ]) func whatIsNoAddressIsRefused(text: String) {
        let error = #expect(throws: DynamicsError.self) { _ = try MailAddress(text, field: "send_to") }
        #expect(error?.field == "send_to")
    }
}

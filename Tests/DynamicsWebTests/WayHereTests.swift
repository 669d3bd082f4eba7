import DynamicsWeb
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// What a trusted proxy says of where a request comes from.
@Suite struct WayHereTests {
    /// - Parameter proxy: whom the server trusts; tests come without an address, which is called `local`.
    private func head(trusting proxy: String?, public address: String? = nil, _ headers: HTTPFields) async throws
        -> HTTPFields
    {
        var settings = WebSettings()
        settings.trustedProxy = proxy
        settings.publicAddress = address
        return try await ListSite(web: settings).server.application().test(.router) { client in
            try await client.executeRequest(uri: "/sign-in", method: .get, headers: headers, body: nil).headers
        }
    }

    private let secure: HTTPFields = [HTTPField.Name("X-Forwarded-Proto")!: "https"]

    @Test func browsersAreToldToStayWithTLS() async throws {
        #expect(try await head(trusting: "local", secure)[.strictTransportSecurity] != nil)
        #expect(
            try await head(trusting: nil, public: "https://reports.example.com", [:])[.strictTransportSecurity] != nil)
        #expect(try await head(trusting: nil, secure)[.strictTransportSecurity] == nil, "anybody can say so")
        #expect(try await head(trusting: "local", [:])[.strictTransportSecurity] == nil)
    }

    @Test func whatTheProxySawIsTheAddress() async throws {
        var settings = WebSettings()
        settings.trustedProxy = "local"
        settings.requestsPerMinute = 1
        try await ListSite(web: settings).server.application().test(.router) { client in
            func status(from list: String) async throws -> Int {
                let headers: HTTPFields = [HTTPField.Name("X-Forwarded-For")!: list]
                return try await client.executeRequest(uri: "/sign-in", method: .get, headers: headers, body: nil)
                    .status.code
            }
            let first = try await status(from: "192.0.2.1")
            let other = try await status(from: "192.0.2.2")
            // Only the last one is the proxy's own word.
            let again = try await status(from: "192.0.2.77, 192.0.2.1")
            #expect([first, other, again] == [200, 200, 429])
        }
    }
}

import DynamicsWeb
import DynamicsWorkspace
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// How many requests are taken from one caller.
@Suite struct RequestRatesTests {
    @Test func aMinutesWorthAtOnceAndThenEvenly() {
        let rates = RequestRates(perMinute: 30)
        let start = ContinuousClock.now
        for _ in 0..<30 { #expect(rates.take(.account(1), now: start) == nil) }
        #expect(rates.take(.account(1), now: start) == 2)
        #expect(rates.take(.account(2), now: start) == nil, "others have a bucket of their own")
        #expect(rates.take(.account(1), now: start + .seconds(1.9)) == 1)
        #expect(rates.take(.account(1), now: start + .seconds(2)) == nil)
        #expect(rates.take(.account(1), now: start + .seconds(3.9)) != nil)
        // A minute later everything is as it was, and not more than that.
        let later = start + .seconds(1000)
        for _ in 0..<30 { #expect(rates.take(.account(1), now: later) == nil) }
        #expect(rates.take(.account(1), now: later) == 2)
    }

    @Test func manyCallersDoNotMakeItGrowNorForgetWhoAsksMost() {
        let rates = RequestRates(perMinute: 30)
        let start = ContinuousClock.now
        for _ in 0..<30 { #expect(rates.take(.network("busy"), now: start) == nil) }
        for caller in 0..<50_000 { #expect(rates.take(.network("\(caller)"), now: start) == nil) }
        #expect(rates.take(.network("busy"), now: start) != nil)
    }

    @Test func addressesOfOneLineAreOne() {
        #expect(NetworkAddress.network(of: "2001:db8:1:2::1") == NetworkAddress.network(of: "2001:db8:1:2:ffff::9"))
        #expect(NetworkAddress.network(of: "2001:db8:1:2::1") != NetworkAddress.network(of: "2001:db8:1:3::1"))
        #expect(NetworkAddress.network(of: "::ffff:192.0.2.1") == "192.0.2.1")
        #expect(NetworkAddress.network(of: "192.0.2.1") == "192.0.2.1")
    }

    @Test func whoAsksTooOftenIsToldWhenToComeBack() async throws {
        var settings = WebSettings()
        settings.requestsPerMinute = 5
        let site = try await ListSite(web: settings)
        try await site.server.application().test(.router) { client in
            func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
                try await client.executeRequest(uri: path, method: .get, headers: headers, body: nil)
            }
            let ann: HTTPFields = [.cookie: "session=\(site.ann.session.token)"]
            for _ in 0..<5 { #expect(try await get("/api/v1/reports", ann).status == .ok) }
            let answer = try await get("/api/v1/reports", ann)
            #expect(answer.status == .tooManyRequests && answer.headers[.retryAfter] == "12")
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(String(buffer: answer.body).contains("more than 5 requests in a minute"))
            // Others are not held up, and what watches the server is never counted.
            #expect(try await get("/api/v1/reports", [.cookie: "session=\(site.otto.session.token)"]).status == .ok)
            for _ in 0..<9 { #expect(try await get("/healthz", ann).status == .ok) }
            // Who guesses tokens is counted by address.
            let guess: HTTPFields = [.authorization: "Bearer cdt_guess"]
            for _ in 0..<5 { #expect(try await get("/api/v1/reports", guess).status == .unauthorized) }
            #expect(try await get("/api/v1/reports", guess).status == .tooManyRequests)
        }
    }
}

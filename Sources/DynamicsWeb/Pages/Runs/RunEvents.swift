import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The states of a run as server-sent events (HTML Standard, section 9.2): `event: state` with an object each; the last one ends it.
enum RunEvents {
    /// How often something is sent though nothing happened, so that neither side nor anything between gives up.
    private static let keepAlive = Duration.seconds(15)

    @Sendable static func stream(_ visit: Visit) async throws -> Response {
        let run = try visit.ownRun()
        guard let place = visit.parts.streams.place(for: try visit.viewer().id) else {
            throw WebError.tooManyRequests(
                retryAfter_seconds: 15, "Too many pages are watching runs for this account; close some of them.")
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                // nginx holds answers back otherwise.
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ],
            body: ResponseBody { writer in
                // Held for as long as somebody watches.
                defer { withExtendedLifetime(place) {} }
                for await event in events(of: run) { try await writer.write(event) }
                try await writer.finish(nil)
            })
    }

    /// The run's states, and comments while nothing happens. Ends with the run, or when the reader stops.
    private static func events(of run: Run) -> AsyncStream<ByteBuffer> {
        // A reader that is slow misses states, never the last one.
        AsyncStream(bufferingPolicy: .bufferingNewest(4)) { continuation in
            let states = Task {
                for await state in run.states() { continuation.yield(event(state)) }
                continuation.finish()
            }
            let beats = Task {
                while !Task.isCancelled {
                    try await Task.sleep(for: keepAlive)
                    continuation.yield(ByteBuffer(string: ": still there\n\n"))
                }
            }
            continuation.onTermination = { _ in
                states.cancel()
                beats.cancel()
            }
        }
    }

    private struct StateEvent: Encodable {
        let state: String
        let heading: String
        let detail: String
        let percent: Int?
        let isOver: Bool
    }

    private static func event(_ state: RunState) -> ByteBuffer {
        let wording = RunWording(state)
        let event = StateEvent(
            state: name(state), heading: wording.heading, detail: wording.detail, percent: wording.percent,
            isOver: state.isOver)
        // JSON of the encoder has no line ends, which would end the event's data.
        let json = (try? JSONEncoder().encode(event)) ?? Data("{}".utf8)
        return ByteBuffer(string: "event: state\ndata: \(String(decoding: json, as: UTF8.self))\n\n")
    }

    private static func name(_ state: RunState) -> String {
        switch state {
        case .waiting: "waiting"
        case .running: "running"
        case .finished: "finished"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }
}

/// How many streams of events each account has open.
final class EventStreams: Sendable {
    /// Browsers open six connections to a server at most.
    static let perAccount = 8

    private let open = Mutex<[Int64: Int]>([:])

    /// One of the account's places for as long as it is held.
    final class Place: Sendable {
        private let streams: EventStreams
        private let account: Int64

        fileprivate init(_ streams: EventStreams, _ account: Int64) {
            self.streams = streams
            self.account = account
        }

        deinit { streams.leave(account) }
    }

    /// nil: the account has none left.
    func place(for account: Int64) -> Place? {
        let isFree = open.withLock { open in
            guard open[account, default: 0] < Self.perAccount else { return false }
            open[account, default: 0] += 1
            return true
        }
        return isFree ? Place(self, account) : nil
    }

    private func leave(_ account: Int64) {
        open.withLock { open in
            let left = open[account, default: 1] - 1
            open[account] = left > 0 ? left : nil
        }
    }
}

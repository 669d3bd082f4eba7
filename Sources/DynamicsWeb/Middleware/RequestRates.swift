import DynamicsWorkspace
import Synchronization

/// How many requests each account makes, or each address where nobody is signed in: a bucket of a minute's worth, which fills up again
/// evenly. What asks too often is told when to come back.
///
/// The generic cell rate algorithm (ITU-T I.371, annex A): one number for each bucket, the time at which it would be full again.
package final class RequestRates: Sendable {
    /// Whose bucket it is.
    package enum Key: Hashable, Sendable {
        case account(Int64)
        /// For IPv6 the line's network, as attempts to sign in are counted.
        case network(String)
    }

    private let perMinute: Int
    private let fullAt = Mutex<[Key: ContinuousClock.Instant]>([:])

    /// More buckets than that are not remembered: then those that are nearly full are forgotten first.
    private static let mostBuckets = 10_000

    /// - Parameter perMinute: at least 1.
    package init(perMinute: Int) { self.perMinute = perMinute }

    /// Takes a request from the bucket.
    /// - Returns: nil when it may go on; otherwise after how many seconds the next one may, at least 1.
    package func take(_ key: Key, now: ContinuousClock.Instant = .now) -> Int? {
        let interval = Duration.seconds(60) / perMinute
        return fullAt.withLock { fullAt in
            let full = max(fullAt[key] ?? now, now)
            let wait = now.duration(to: full) + interval - .seconds(60)
            if wait > .zero { return Int(wait.components.seconds) + (wait.components.attoseconds > 0 ? 1 : 0) }
            if fullAt[key] == nil, fullAt.count >= Self.mostBuckets { Self.forget(&fullAt, now) }
            fullAt[key] = full + interval
            return nil
        }
    }

    private static func forget(_ fullAt: inout [Key: ContinuousClock.Instant], _ now: ContinuousClock.Instant) {
        fullAt = fullAt.filter { $0.value > now }
        guard fullAt.count >= mostBuckets else { return }
        let middle = fullAt.values.sorted()[fullAt.count / 2]
        fullAt = fullAt.filter { $0.value > middle }
    }
}

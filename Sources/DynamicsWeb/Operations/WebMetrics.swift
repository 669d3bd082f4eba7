import Synchronization

/// Counts and times for `/metrics`, in the text format of Prometheus (version 0.0.4).
package final class WebMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Times {
        var count = 0
        var sum_seconds = 0.0
        var buckets = [Int](repeating: 0, count: WebMetrics.limits.count)
    }

    /// Upper limits of the buckets, in seconds.
    private static let limits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private let requests = Mutex<[Key: Times]>([:])

    package init() {}

    func noteRequest(method: String, route: String, status: Int, time: Duration) {
        let key = Key(method: method, route: route, status: status)
        requests.withLock { requests in
            var times = requests[key] ?? Times()
            times.count += 1
            times.sum_seconds += time.seconds
            for (index, limit) in Self.limits.enumerated() where time.seconds <= limit { times.buckets[index] += 1 }
            requests[key] = times
        }
    }

    /// One value that is measured when asked for.
    struct Gauge {
        let name: String
        let explanation: String
        let value: Double
    }

    /// All of it, as Prometheus reads it.
    func text(_ gauges: [Gauge]) -> String {
        var text = """
            # HELP http_request_duration_seconds Time from the request's head to its answer.
            # TYPE http_request_duration_seconds histogram\n
            """
        let sorted = requests.withLock { $0 }.sorted {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }
        for (key, times) in sorted {
            let labels = "method=\"\(key.method)\",route=\"\(key.route)\",status=\"\(key.status)\""
            for (index, limit) in Self.limits.enumerated() {
                text += "http_request_duration_seconds_bucket{\(labels),le=\"\(limit)\"} \(times.buckets[index])\n"
            }
            text += "http_request_duration_seconds_bucket{\(labels),le=\"+Inf\"} \(times.count)\n"
            text += "http_request_duration_seconds_sum{\(labels)} \(times.sum_seconds)\n"
            text += "http_request_duration_seconds_count{\(labels)} \(times.count)\n"
        }
        for gauge in gauges {
            text +=
                "# HELP \(gauge.name) \(gauge.explanation)\n# TYPE \(gauge.name) gauge\n\(gauge.name) \(gauge.value)\n"
        }
        return text
    }
}

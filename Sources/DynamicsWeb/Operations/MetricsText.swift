import DynamicsReports

/// Figures in the text format of Prometheus, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
struct MetricsText {
    private(set) var text = ""

    enum Kind: String { case counter, gauge, histogram }

    /// One value, with labels that tell it from others of its name; their values have no quotes, backslashes or line breaks.
    struct Sample {
        var labels: [(name: String, value: String)] = []
        let value: Double
    }

    /// Adds a figure with its explanation.
    mutating func add(_ name: String, _ kind: Kind, _ explanation: String, _ samples: [Sample]) {
        head(name, kind, explanation)
        for sample in samples { line(name, sample.labels, sample.value) }
    }

    /// Adds a figure that has one value.
    mutating func add(_ name: String, _ kind: Kind, _ explanation: String, _ value: Double) {
        add(name, kind, explanation, [Sample(value: value)])
    }

    /// Adds how long things took.
    mutating func add(
        _ name: String, _ explanation: String, _ histograms: [(labels: [(String, String)], times: DurationHistogram)]
    ) {
        head(name, .histogram, explanation)
        for (labels, times) in histograms {
            for (limit, count) in zip(DurationHistogram.limits_seconds, times.buckets) {
                line("\(name)_bucket", labels + [("le", "\(limit)")], Double(count))
            }
            line("\(name)_bucket", labels + [("le", "+Inf")], Double(times.count))
            line("\(name)_sum", labels, times.sum_seconds)
            line("\(name)_count", labels, Double(times.count))
        }
    }

    private mutating func head(_ name: String, _ kind: Kind, _ explanation: String) {
        text += "# HELP \(name) \(explanation)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let list = labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
    }
}

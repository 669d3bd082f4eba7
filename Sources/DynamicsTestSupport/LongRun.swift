import Foundation

/// How much random tests try: little in each run of the tests, as much as one likes on command.
package enum LongRun {
    /// So many times what is usual: `LONG_RUN=50 swift test --filter ...`.
    private static var factor: Int {
        ProcessInfo.processInfo.environment["LONG_RUN"].flatMap { Int($0) }.map { max(1, $0) } ?? 1
    }

    /// Other seeds than the usual ones: `LONG_RUN_SEED=123`, which is added to them.
    private static var offset: UInt64 {
        ProcessInfo.processInfo.environment["LONG_RUN_SEED"].flatMap { UInt64($0) } ?? 0
    }

    /// How often, where `usual` is how often the tests do it.
    package static func count(_ usual: Int) -> Int { usual * factor }

    /// The seed, where `usual` is that of the tests.
    package static func seed(_ usual: UInt64) -> UInt64 { usual &+ offset }
}

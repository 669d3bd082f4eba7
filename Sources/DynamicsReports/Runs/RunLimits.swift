/// How much may run at once, and for how long.
public struct RunLimits: Sendable, Hashable {
    /// Computations at the same time; each uses all processors.
    public var maxConcurrent: Int
    /// Runs that wait for their turn, of all accounts together.
    public var maxWaiting: Int
    /// Runs of one account that are not over.
    public var perAccount: Int
    /// From the start of a run to its result, waiting included.
    public var timeout_seconds: Int
    /// How long one can ask for a run that is over.
    public var keepFinished_seconds: Int

    public init(
        maxConcurrent: Int = 2, maxWaiting: Int = 100, perAccount: Int = 4, timeout_seconds: Int = 600,
        keepFinished_seconds: Int = 300
    ) {
        self.maxConcurrent = maxConcurrent
        self.maxWaiting = maxWaiting
        self.perAccount = perAccount
        self.timeout_seconds = timeout_seconds
        self.keepFinished_seconds = keepFinished_seconds
    }
}

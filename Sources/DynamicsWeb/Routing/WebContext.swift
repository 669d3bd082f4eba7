import DynamicsWorkspace
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// What is known of a request beside its own text; filled in by middleware on the way to the route.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Where the connection comes from; behind a trusted proxy, where the proxy says it comes from.
    var address: String
    /// Of a browser that is signed in.
    var session: Session?
    /// Who asks: the session's account, or the access token's. nil: nobody we know.
    var account: Account?
    /// The fields of a submitted form; empty for other bodies.
    var form = FormFields()
    /// What became of the connection; shared by all copies of this context.
    let connection = ConnectionUse()
    /// Whether the browser reached us by TLS, directly or through a proxy; decides over `Secure` cookies.
    var isSecure = false

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "local"
    }
}

/// Whether a request's connection can be used for another one.
final class ConnectionUse: Sendable {
    private let usedUp = Atomic<Bool>(false)

    var isUsedUp: Bool { usedUp.load(ordering: .relaxed) }

    /// Nothing more can be read from it: who reuses connections has to be told, whatever the answer is.
    func useUp() { usedUp.store(true, ordering: .relaxed) }
}

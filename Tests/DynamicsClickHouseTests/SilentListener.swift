import DynamicsModel
import Glibc

/// Accepts connections at a port of this machine, and says nothing.
final class SilentListener: Sendable {
    let port: Int
    private let socket: Int32

    /// - Parameter port: 0: any free one.
    init(port: Int = 0) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                // The system accepts what comes into the queue; nobody takes it from there.
                bind(socket, address, length) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard isOpen else { throw DynamicsError(.fault, "no_listener", "port \(port) cannot be listened at") }
        self.socket = socket
        self.port = Int(in_port_t(bigEndian: address.sin_port))
    }

    func close() { Glibc.close(socket) }
}

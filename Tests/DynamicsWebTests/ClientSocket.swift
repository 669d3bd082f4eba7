import Foundation

/// A bare connection to a server on this machine, which is read without holding a thread.
struct ClientSocket {
    private let descriptor: Int32

    static func connected(port: Int) async throws -> ClientSocket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SiteFailure("no socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw SiteFailure("cannot connect") }
        return ClientSocket(descriptor: descriptor)
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw SiteFailure("cannot write") }
    }

    /// What has arrived, after waiting for it; nil at the end.
    func receive() async throws -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 { return String(decoding: buffer[..<count], as: UTF8.self) }
            if count == 0 { return nil }
            guard errno == EAGAIN else { throw SiteFailure("cannot read") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func close() { Foundation.close(descriptor) }
}

import DynamicsModel
import Foundation
import NIOSSL

/// What the server shows to browsers when it speaks TLS itself.
public struct WebCertificate: Sendable, Hashable {
    /// The path of a PEM file: the server's certificate first, then those that vouch for it.
    public var certificatesFile: String
    /// The path of a PEM file with its private key, without a passphrase.
    public var keyFile: String

    public init(certificatesFile: String, keyFile: String) {
        self.certificatesFile = certificatesFile
        self.keyFile = keyFile
    }

    /// TLS 1.2 or later with that certificate.
    /// - Throws: `DynamicsError` (`.usage`) that says which file is wrong.
    func configuration() throws -> TLSConfiguration {
        let chain = try Self.read(certificatesFile, "web.certificate_file", "certificates in PEM") {
            try NIOSSLCertificate.fromPEMFile($0)
        }
        let key = try Self.read(keyFile, "web.key_file", "a private key in PEM, without a passphrase") {
            try NIOSSLPrivateKey(file: $0, format: .pem)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw DynamicsError(
                .usage, "bad_certificate",
                "the key in \(keyFile) (web.key_file) does not belong to the first certificate in \(certificatesFile) (web.certificate_file)"
            )
        }
        return configuration
    }

    private static func read<Value>(
        _ path: String, _ setting: String, _ what: String, _ body: (String) throws -> Value
    ) throws -> Value {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw DynamicsError(.usage, "bad_certificate", "the file \(path) (\(setting)) cannot be read")
        }
        do { return try body(path) } catch {
            throw DynamicsError(.usage, "bad_certificate", "the file \(path) (\(setting)) has not \(what)")
        }
    }
}

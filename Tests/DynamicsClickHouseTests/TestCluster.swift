import DynamicsClickHouse
import DynamicsImport
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Synchronization
import Testing

/// Real servers of Debian's clickhouse-server on loopback, while a test needs them. Each ends with the test's process, however that
/// ends.
final class TestCluster: Sendable {
    let folder: URL
    let ports: [ServerPorts]
    private let processes: Mutex<[Int: (Process, Pipe)]> = Mutex([:])

    struct ServerPorts: Sendable {
        var http: Int
        var native: Int
        var interserver: Int
        var https: Int
    }

    /// - Parameter isEncrypted: whether they speak HTTPS as well, with the certificate in `certificate`.
    static func with<Result>(
        shards: Int, isEncrypted: Bool = false, _ body: (TestCluster) async throws -> Result
    ) async throws -> Result {
        let cluster = try TestCluster(shards: shards, isEncrypted: isEncrypted)
        defer { cluster.end() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shard in 0..<shards { group.addTask { try await cluster.start(shard) } }
            try await group.waitForAll()
        }
        return try await body(cluster)
    }

    private init(shards: Int, isEncrypted: Bool) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "clickhouse-\(UUID().uuidString)")
        let free = try Self.freePorts(shards * 4)
        ports = (0..<shards).map {
            ServerPorts(
                http: free[$0 * 4], native: free[$0 * 4 + 1], interserver: free[$0 * 4 + 2], https: free[$0 * 4 + 3])
        }
        if isEncrypted { try makeCertificate() }
        for shard in 0..<shards { try configure(shard, isEncrypted: isEncrypted) }
    }

    private func end() {
        for shard in ports.indices { stop(shard) }
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: - Servers

    func url(_ shard: Int = 0) -> String { "http://127.0.0.1:\(ports[shard].http)" }

    /// Where everything is distributed over all shards; with one server, where nothing is.
    func server(database: String) throws -> ClickHouseServer {
        var server = try ClickHouseServer(
            url: url(), user: "reports", password: Self.password, database: database,
            cluster: ports.count == 1 ? nil : "test")
        server.timeout_seconds = 60
        server.memory_bytes = 2 << 30
        return server
    }

    static let password = "a&b=c d?'\"\\ü"

    /// Starts a server and waits until it answers.
    func start(_ shard: Int) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let config = folder.appending(path: "\(shard)/config.xml").path
        // The pipe closes when our process ends, and with it the server.
        let script = """
            clickhouse-server --config-file=\(config) >\(folder.path)/\(shard)/output 2>&1 & server=$!
            cat >/dev/null; kill -9 $server; wait $server 2>/dev/null
            """
        process.arguments = ["-c", script]
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        processes.withLock { $0[shard] = (process, pipe) }
        for _ in 0..<600 {
            if await answers(shard) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        let log = try? String(contentsOf: folder.appending(path: "\(shard)/output"), encoding: .utf8)
        Issue.record("clickhouse-server does not start: \(log?.suffix(2000) ?? "")")
    }

    private func answers(_ shard: Int) async -> Bool {
        guard let url = URL(string: "\(url(shard))/ping") else { return false }
        let child = try? await ChildProcess(["curl", "-s", "-m", "2", url.absoluteString])
        return child?.text == "Ok.\n"
    }

    /// As if the machine had lost its power.
    func stop(_ shard: Int) {
        guard let (process, pipe) = processes.withLock({ $0.removeValue(forKey: shard) }) else { return }
        try? pipe.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// What a server answers to somebody who is not us.
    func ask(_ sql: String, shard: Int = 0) async throws -> String {
        try await ChildProcess(
            [
                "curl", "-s", "-H", "X-ClickHouse-User: admin", url(shard), "--data-binary", "@-",
            ], input: Data(sql.utf8)
        ).text
    }

    // MARK: - Ledgers

    /// A new ledger without anything.
    func ledger(_ database: String) async throws -> ClickHouseServer {
        let server = try server(database: database)
        try await ClusterSetup(server, nodes: ports.indices.map { url($0) }).create()
        return server
    }

    /// A new ledger that came by the files of an import.
    func ledger(_ database: String, of records: LedgerRecords) async throws -> ClickHouseServer {
        let server = try await ledger(database)
        try await importRecords(records, into: server)
        return server
    }

    @discardableResult
    func importRecords(
        _ records: LedgerRecords, into server: ClickHouseServer, isPatient: Bool = false, batch_bytes: Int? = nil,
        progress: @escaping ClusterImport.Progress = { _, _, _ in }
    ) async throws -> ClusterImport.Summary {
        let files = folder.appending(path: "files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        try LedgerFiles.write(records, to: files)
        var run = ClusterImport(server)
        if !isPatient { run.pauses_seconds = [] }
        if let batch_bytes { run.batch_bytes = batch_bytes }
        return try await run.run(
            ImportSource.find(at: [files.path]), baseCurrency: records.baseCurrency, progress: progress)
    }

    /// Imports files of these records.
    static func importRecords(_ records: LedgerRecords, into server: ClickHouseServer) async throws -> ClickHouseServer
    {
        let files = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        try LedgerFiles.write(records, to: files)
        _ = try await ClusterImport(server).run(
            ImportSource.find(at: [files.path]), baseCurrency: records.baseCurrency)
        return server
    }

    func drop(_ database: String) async throws {
        for shard in ports.indices { _ = try await ask("DROP DATABASE IF EXISTS \(database)", shard: shard) }
    }

    // MARK: - Configuration

    /// A certificate of this machine that vouches for itself, in PEM.
    var certificate: URL { folder.appending(path: "certificate.pem") }

    private func makeCertificate() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost", "-keyout", folder.appending(path: "key.pem").path, "-out", certificate.path,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private func configure(_ shard: Int, isEncrypted: Bool) throws {
        let own = folder.appending(path: "\(shard)")
        for name in ["data", "tmp", "files"] {
            try FileManager.default.createDirectory(at: own.appending(path: name), withIntermediateDirectories: true)
        }
        let shards = ports.map { port in
            """
            <shard><replica><host>127.0.0.1</host><port>\(port.native)</port><user>admin</user></replica></shard>
            """
        }
        let encryption = """
            <https_port>\(ports[shard].https)</https_port><openSSL><server>
            <certificateFile>\(certificate.path)</certificateFile>
            <privateKeyFile>\(folder.path)/key.pem</privateKeyFile>
            <verificationMode>none</verificationMode><loadDefaultCAFile>false</loadDefaultCAFile>
            <cacheSessions>true</cacheSessions><disableProtocols>sslv2,sslv3</disableProtocols>
            </server></openSSL>
            """
        let config = """
            <yandex>\(isEncrypted ? encryption : "")
            <logger><level>warning</level><console>1</console></logger>
            <http_port>\(ports[shard].http)</http_port><tcp_port>\(ports[shard].native)</tcp_port>
            <interserver_http_port>\(ports[shard].interserver)</interserver_http_port>
            <listen_host>127.0.0.1</listen_host>
            <path>\(own.path)/data/</path><tmp_path>\(own.path)/tmp/</tmp_path>
            <user_files_path>\(own.path)/files/</user_files_path>
            <mark_cache_size>67108864</mark_cache_size>
            <users_config>users.xml</users_config><default_profile>default</default_profile>
            <default_database>default</default_database>
            <remote_servers><test>\(shards.joined())</test></remote_servers>
            </yandex>
            """
        let users = """
            <yandex><profiles><default><max_threads>2</max_threads></default></profiles>
            <users>
            <admin><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></admin>
            <reports><password>\(Self.escaped(Self.password))</password><networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile><quota>default</quota></reports>
            </users><quotas><default/></quotas></yandex>
            """
        try Data(config.utf8).write(to: own.appending(path: "config.xml"))
        try Data(users.utf8).write(to: own.appending(path: "users.xml"))
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }

    private static func freePorts(_ count: Int) throws -> [Int] {
        // All are held until all are found.
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
                }
            }
            try #require(status == 0)
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}

/// chdb, a ClickHouse of today in a Python package, behind as much of ClickHouse's HTTP interface as we use.
enum CurrentServer {
    static func with<Result>(_ body: (_ url: String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "chdb-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/clickhouse/current_server.py")
        let process = Process()
        process.executableURL = URL(filePath: SheetReader.python)
        process.arguments = [script.path, folder.path]
        let input = Pipe()
        process.standardInput = input
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let portFile = folder.appending(path: "port")
        for _ in 0..<1200 where !FileManager.default.fileExists(atPath: portFile.path) {
            try await Task.sleep(for: .milliseconds(50))
        }
        let port = try #require(Int(try String(contentsOf: portFile, encoding: .utf8)))
        return try await body("http://127.0.0.1:\(port)")
    }
}

import DynamicsModel
import Foundation
import HTTPTypes
import Hummingbird

/// Style sheets, scripts and pictures: read once at start, served from memory under `/assets/VERSION/NAME`.
///
/// The version is a hash of them all, so browsers may keep them for ever and never see an old one with a new page.
struct Assets: Sendable {
    private struct File {
        let bytes: ByteBuffer
        let type: String
    }

    private let files: [String: File]
    /// The name of the library that draws charts; nil: it is not installed.
    let chartLibrary: String?

    /// Where Debian's package `libjs-chart.js` puts it, and npm's `chart.js` for a whole system.
    private static let chartLibraries = [
        "/usr/share/javascript/chart.js/chart.min.js", "/usr/share/nodejs/chart.js/dist/chart.min.js",
        "/usr/local/lib/node_modules/chart.js/dist/chart.umd.js",
    ]
    /// What an operator does about it.
    static let chartLibraryIsMissing =
        "Charts need Chart.js, which is not installed on this server: install Debian's package libjs-chart.js, then start the server again."

    /// - Throws: `DynamicsError` (`.unavailable`) when the executable's resources are not where they belong.
    init() throws {
        let folder = try Self.folder(named: "static")
        var files: [String: File] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let data = try Data(contentsOf: folder.appending(path: name))
            let type = Self.types[(name as NSString).pathExtension] ?? "application/octet-stream"
            files[name] = File(bytes: ByteBuffer(bytes: data), type: type)
        }
        guard files["app.css"] != nil else { throw Self.missing(folder.path) }
        let library = Self.chartLibraries.lazy.compactMap { try? Data(contentsOf: URL(filePath: $0)) }.first
        chartLibrary = library == nil ? nil : "chart-library.js"
        if let library { files["chart-library.js"] = File(bytes: ByteBuffer(bytes: library), type: Self.types["js"]!) }
        self.files = files
    }

    private static let types = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    ]

    /// Changes whenever any asset does.
    static let version: String = {
        guard let folder = try? folder(named: "static"),
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        else { return "0" }
        // FNV-1a, 64 bits: tells versions apart, protects nothing.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let paths = names.sorted().map { (name: $0, path: folder.appending(path: $0).path) }
        for (name, path) in paths + chartLibraries.map({ (name: $0, path: $0) }) {
            guard let data = try? Data(contentsOf: URL(filePath: path)) else { continue }
            for byte in Array(name.utf8) + Array(data) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return String(hash, radix: 36)
    }()

    func respond(_ visit: Visit) throws -> Response {
        guard let file = files[visit.parameter("name")] else { throw WebError.notFound }
        return Response(
            status: .ok,
            headers: [.contentType: file.type, .cacheControl: "public, max-age=31536000, immutable"],
            body: ResponseBody(byteBuffer: file.bytes))
    }

    /// A folder of this target's resources, which lie beside the executable. `Bundle.module` would end the process where they
    /// are missing.
    static func folder(named name: String) throws -> URL {
        let url = Bundle.main.bundleURL.appending(path: "customer-dynamics_DynamicsWeb.resources/Assets/\(name)")
        guard FileManager.default.fileExists(atPath: url.path) else { throw missing(url.path) }
        return url
    }

    static func missing(_ path: String) -> DynamicsError {
        DynamicsError(
            .unavailable, "assets_missing",
            "the pages of the web application are not at \"\(path)\"; keep the executable and its .resources folder together"
        )
    }
}

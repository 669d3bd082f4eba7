import DynamicsModel
import Foundation
public import Mustache

/// Texts within HTML, escaped by Unicode scalars.
///
/// The library's own escaping goes by characters: a quote with a combining mark behind it is another character to it, stays as
/// it is, and ends the attribute that it stands in.
struct MarkupText: MustacheContentType {
    private static let name = "MARKUP"

    func escapeText(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The templates of a folder, each of which escapes this way.
    /// - Throws: a parser's error that names the file.
    static func library(of folder: URL) throws -> MustacheLibrary {
        MustacheContentTypes.register(MarkupText(), named: name)
        var library = MustacheLibrary()
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".mustache") {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            do {
                // Every template says it anew, as the library forgets it at each partial.
                try library.register(
                    "{{% CONTENT_TYPE: \(name)}}\n\(text)", named: String(file.dropLast(".mustache".count)))
            } catch {
                throw DynamicsError(.fault, "bad_template", "the template \"\(file)\" cannot be read: \(error)")
            }
        }
        return library
    }
}

/// An empty text is nothing: `{{#notice}}` leaves its section out.
extension String: @retroactive MustacheCustomRenderable {
    public var renderText: String { self }
    public var isNull: Bool { utf8.isEmpty }
}

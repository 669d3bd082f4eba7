import DynamicsModel
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird
import Mustache

/// The templates of all pages, read once at start. A page's model is made before its view, and the view asks nothing more.
struct Pages: Sendable {
    private let library: MustacheLibrary

    /// - Throws: `DynamicsError` (`.unavailable`) when the executable's resources are not where they belong.
    init() async throws {
        let folder = try Assets.folder(named: "templates")
        var templates: [String: MustacheTemplate] = [:]
        MustacheContentTypes.register(EscapedHTML(), named: EscapedHTML.name)
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.pathExtension == "mustache" {
            let text = try String(contentsOf: file, encoding: .utf8)
            let template = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(EscapedHTML.name)}}\n" + text)
            templates[file.deletingPathExtension().lastPathComponent] = template
        }
        library = MustacheLibrary(templates: templates)
        guard library.getTemplate(named: "layout") != nil else { throw Assets.missing(folder.path) }
    }

    /// A page, rendered.
    func respond(_ template: String, _ model: Any, status: HTTPResponse.Status = .ok) -> Response {
        .html(render(template, model), status: status)
    }

    /// A template's text with a model's values in it, all of them escaped.
    func render(_ template: String, _ model: Any) -> String {
        guard let html = library.render(model, withTemplate: template) else {
            preconditionFailure("there is no template \(template)")
        }
        return html
    }
}

/// Escapes every scalar that means something in HTML.
///
/// The templates' own escaping goes by characters, and so passes over a quotation mark that a combining mark follows: to Swift both
/// are one character, to a browser the attribute ends there.
private struct EscapedHTML: MustacheContentType {
    static let name = "escapedHTML"

    func escapeText(_ text: String) -> String {
        guard text.utf8.contains(where: Self.isMarkup) else { return text }
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): escaped += "&lt;".utf8
            case UInt8(ascii: ">"): escaped += "&gt;".utf8
            case UInt8(ascii: "&"): escaped += "&amp;".utf8
            case UInt8(ascii: "\""): escaped += "&quot;".utf8
            case UInt8(ascii: "'"): escaped += "&#39;".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func isMarkup(_ byte: UInt8) -> Bool { "<>&\"'".utf8.contains(byte) }
}

/// To templates, an empty text is nothing: `{{#error}}` shows what is in it only when there is an error.
extension String: @retroactive MustacheCustomRenderable {
    public var renderText: String { self }
    public var isNull: Bool { isEmpty }
}

/// What is around every page: title, who is signed in, where one is, the token of forms.
struct PageChrome {
    let title: String
    let csrf: String
    let isSignedIn: Bool
    let userName: String
    let roleTitle: String
    let isAdministrator: Bool
    /// For the navigation: `customer-dynamics`, `reports`, `templates`, `administration`, or empty.
    private let section: String
    let assets = Assets.version
    /// A message about what was just done; empty: none.
    var notice = ""

    init(title: String, section: String = "", _ context: WebContext) {
        self.title = title
        self.section = section
        csrf = context.session?.csrfToken ?? ""
        isSignedIn = context.session != nil
        userName = context.account?.name ?? ""
        roleTitle = context.account?.role.title ?? ""
        isAdministrator = context.account?.role == .administrator
        isHome = section == "customer-dynamics"
        isReports = section == "reports"
        isTemplates = section == "templates"
        isAdministration = section == "administration"
        isAccount = section == "account"
    }

    let isHome: Bool
    let isReports: Bool
    let isTemplates: Bool
    let isAdministration: Bool
    let isAccount: Bool
}

extension Response {
    static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static func html(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func json(_ bytes: some Collection<UInt8> & Sendable, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// After a form: the browser goes on with a GET, so that loading the page again does not send the form again.
    static func redirect(to address: String) -> Response {
        Response(status: .seeOther, headers: [.location: address])
    }
}

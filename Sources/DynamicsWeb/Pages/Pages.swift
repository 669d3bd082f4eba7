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
    init() throws {
        let folder = try Assets.folder(named: "templates")
        library = try MarkupText.library(of: folder)
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

import DynamicsModel
import DynamicsWorkspace
import Hummingbird
import Logging

/// Signing in and out, and changing one's own password.
enum SignIn {
    static var routes: [Route] {
        [
            Route(.get, "/sign-in", for: .everyone, show),
            Route(.post, "/sign-in", for: .everyone, signIn),
            // The token is proof enough, wherever the form comes from.
            Route(.post, "/sign-in/token", for: .everyone, isOpenToOtherSites: true, signInByToken),
            Route(.post, "/sign-out", for: .viewers, signOut),
            Route(.get, "/account", for: .viewers, showAccount),
            Route(.post, "/account/password", for: .viewers, changePassword),
            Route(.post, "/account/email", for: .viewers, changeEmail),
        ]
    }

    /// What the sign-in page shows.
    struct PageModel {
        let chrome: PageChrome
        /// Where to go afterwards.
        let to: String
        var name = ""
        /// Empty: nothing went wrong yet.
        var message = ""
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let to = localAddress(visit.query["to"])
        if visit.context.session != nil { return .redirect(to: to) }
        let model = PageModel(chrome: PageChrome(title: "Sign in", visit.context), to: to)
        return visit.parts.pages.respond("sign-in", model)
    }

    @Sendable static func signIn(_ visit: Visit) async throws -> Response {
        let name = visit.form["name"] ?? ""
        let password = visit.form["password"] ?? ""
        let to = localAddress(visit.form["to"])
        let workspace = visit.parts.workspace
        let outcome = try await workspace.signIn(name: name, password: password, address: visit.context.address)
        var model = PageModel(chrome: PageChrome(title: "Sign in", visit.context), to: to, name: name)
        switch outcome {
        case .signedIn(let session):
            var response = Response.redirect(to: to)
            response.setCookie(SessionCookie.make(session.token, isSecure: visit.context.isSecure))
            return response
        case .refused:
            model.message = "Name and password do not match, or the account is disabled."
            return visit.parts.pages.respond("sign-in", model, status: .unprocessableContent)
        case .slowedDown(let seconds):
            model.message = "There were too many attempts. Try again in \(seconds) seconds."
            var response = visit.parts.pages.respond("sign-in", model, status: .tooManyRequests)
            response.headers[.retryAfter] = String(seconds)
            return response
        }
    }

    /// Fields `token` and `to`, from a form of the billing system.
    @Sendable static func signInByToken(_ visit: Visit) async throws -> Response {
        guard let tokens = visit.parts.billingTokens else { throw WebError.notFound }
        let to = localAddress(visit.form["to"])
        let address = visit.context.address
        do {
            let identity = try await tokens.identity(in: visit.form["token"] ?? "")
            let session = try await visit.parts.workspace.signIn(identity, address: address)
            var response = Response.redirect(to: to)
            response.setCookie(SessionCookie.make(session.token, isSecure: visit.context.isSecure))
            return response
        } catch let error as RefusedToken {
            return try await refuse(error.reason, isSigned: error.isSigned, to: to, visit)
        } catch let error as DynamicsError where error.field != nil {
            return try await refuse("the claim \(error.field ?? ""): \(error.message)", isSigned: true, to: to, visit)
        }
    }

    /// - Parameter isSigned: what is not may come from anybody, who could fill the audit log with it: that is for the server's log.
    private static func refuse(
        _ reason: String, isSigned: Bool, to: String, _ visit: Visit
    ) async throws -> Response {
        if isSigned {
            try await visit.parts.workspace.noteRefusedToken(reason, address: visit.context.address)
        } else {
            visit.context.logger.notice("a token was not taken", metadata: ["reason": "\(reason)"])
        }
        var model = PageModel(chrome: PageChrome(title: "Sign in", visit.context), to: to)
        model.message = "The billing system's token was not taken: \(reason)."
        return visit.parts.pages.respond("sign-in", model, status: .unprocessableContent)
    }

    @Sendable static func signOut(_ visit: Visit) async throws -> Response {
        if let session = visit.context.session {
            try await visit.parts.workspace.endSession(token: session.token, address: visit.context.address)
        }
        var response = Response.redirect(to: "/sign-in")
        response.setCookie(SessionCookie.cleared(isSecure: visit.context.isSecure))
        return response
    }

    /// A path on this server, whatever was asked for: never a way to another site.
    static func localAddress(_ address: String?) -> String {
        guard let address, address.utf8.first == UInt8(ascii: "/"), !address.hasPrefix("//"),
            !address.utf8.contains(where: { $0 < 0x21 || $0 == UInt8(ascii: "\\") || $0 == 0x7F })
        else { return "/" }
        return address
    }
}

// MARK: - One's own account

extension SignIn {
    /// What *My account* shows.
    struct AccountModel {
        var chrome: PageChrome
        let name: String
        let role: String
        let reseller: String?
        var email: String
        /// Whether it is theirs to set: of resellers' users it says where they may send to, and administrators set it.
        let maySetEmail: Bool
        var emailError = ""
        var currentError = ""
        var passwordError = ""
        var repeatedError = ""
    }

    @Sendable static func showAccount(_ visit: Visit) async throws -> Response {
        var model = try accountModel(visit)
        if !visit.notice.isEmpty { model.chrome.notice = visit.notice }
        if visit.query.has("changed") { model.chrome.notice = "Your password is changed. Other sessions are ended." }
        return visit.parts.pages.respond("account", model)
    }

    private static func accountModel(_ visit: Visit) throws -> AccountModel {
        let account = try visit.viewer()
        return AccountModel(
            chrome: PageChrome(title: "My account", section: "account", visit.context), name: account.name,
            role: account.role.title, reseller: account.reseller?.string, email: account.email ?? "",
            maySetEmail: account.role != .reseller && account.kind == .person)
    }

    /// Field `email`; empty: none.
    @Sendable static func changeEmail(_ visit: Visit) async throws -> Response {
        var model = try accountModel(visit)
        guard model.maySetEmail else { throw WebError.notAllowed }
        model.email = QueryInput.trimmed(visit.form["email"] ?? "")
        do {
            let viewer = try visit.viewer()
            try await visit.parts.workspace.setEmail(
                model.email.isEmpty ? nil : model.email, of: viewer, by: viewer, address: visit.context.address)
            return .redirect(to: "/account", notice: .emailSet)
        } catch let error as DynamicsError where error.field == "email" {
            model.emailError = error.sentence
            return visit.parts.pages.respond("account", model, status: .unprocessableContent)
        }
    }

    @Sendable static func changePassword(_ visit: Visit) async throws -> Response {
        guard let session = visit.context.session else { throw WebError.notAllowed }
        var model = try accountModel(visit)
        let new = visit.form["password"] ?? ""
        if new != visit.form["repeated"] {
            model.repeatedError = "The two do not match."
            return visit.parts.pages.respond("account", model, status: .unprocessableContent)
        }
        do {
            let outcome = try await visit.parts.workspace.changePassword(
                of: session.account, from: visit.form["current"] ?? "", to: new, keeping: session.token,
                address: visit.context.address)
            switch outcome {
            case .changed: return .redirect(to: "/account?changed")
            case .refused: model.currentError = "This is not your present password."
            case .slowedDown(let seconds): model.currentError = "Too many attempts. Try again in \(seconds) seconds."
            }
        } catch let error as DynamicsError where error.field == "password" {
            model.passwordError = error.message
        }
        return visit.parts.pages.respond("account", model, status: .unprocessableContent)
    }
}

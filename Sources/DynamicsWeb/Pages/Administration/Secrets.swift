/// A password that nobody made up.
enum GeneratedPassword {
    /// No letters and digits that look alike; 31 of them.
    private static let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")

    /// Five groups of five, 123 random bits, easy to read out.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<5).map { _ in
            String((0..<5).map { _ in letters[Int.random(in: letters.indices, using: &generator)] })
        }
        return groups.joined(separator: "-")
    }
}

/// What the page shows that tells a secret, once: it answers the form itself, since nothing keeps the secret for another page.
struct SecretModel {
    let chrome: PageChrome
    let place: Administration.Place
    let heading: String
    let explanation: String
    /// Of the field that holds it.
    let label: String
    let secret: String
    /// Where to go on.
    let next: String
}

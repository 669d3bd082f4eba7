/// What all our messages look like: plain enough for every mail program, in light and dark.
enum MailHTML {
    /// - Parameter body: HTML.
    static func page(title: String, body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>\(escaped(title))</title></head>
        <body style="font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:15px;line-height:1.45;max-width:40em;margin:1.5em auto;padding:0 1em">
        <h1 style="font-size:1.3em;margin:0 0 .5em">\(escaped(title))</h1>
        \(body)</body></html>

        """
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}

import DynamicsTestSupport
import Foundation

/// The query form of a page as another reader of HTML sees it (Python's `html.parser`).
struct HTMLForm: Decodable {
    struct Element: Decodable {
        let name: String
        let attributes: [String: String]
        let text: String
    }

    /// Name and value of all controls that a browser would send (HTML Standard, "constructing the entry list"), without buttons.
    let controls: [[String]]
    /// The values of the buttons named `do`, as far as they are not hidden.
    let buttons: [String]
    /// By their ids.
    let elements: [String: Element]
    /// All elements of the page with an attribute `autofocus`: their ids.
    let focused: [String]
    /// The names of all attributes on the page.
    let attributeNames: [String]
    /// The `src` of all scripts; empty for scripts without.
    let scripts: [String]
    /// The links in the list of problems.
    let problemLinks: [String]

    init(_ html: String) async throws {
        let text = try await python(Self.script, input: html)
        self = try JSONDecoder().decode(HTMLForm.self, from: Data(text.utf8))
    }

    func values(_ name: String) -> [String] { controls.filter { $0[0] == name }.map { $0[1] } }

    func value(_ name: String) -> String? { values(name).first }

    /// What stands beside a control as its error; nil: the control is not marked as wrong.
    func error(at id: String) -> String? {
        guard let control = elements[id], control.attributes["aria-invalid"] == "true" else { return nil }
        return described(control).first { $0.attributes["class"] == "error" }?.text
    }

    private func described(_ element: Element) -> [Element] {
        (element.attributes["aria-describedby"] ?? "").split(separator: " ").compactMap { elements[String($0)] }
    }

    private static let script = """
        import json, sys
        from html.parser import HTMLParser

        VOID = {"input", "link", "meta", "br", "hr", "img"}

        class Reader(HTMLParser):
            def __init__(self):
                super().__init__(convert_charrefs=True)
                self.open = []
                self.form = {"controls": [], "buttons": [], "elements": {}, "focused": [], "scripts": [],
                             "problemLinks": [], "attributeNames": set()}
                self.select = None
            def inside(self, test): return any(test(name, attributes) for name, attributes in self.open)
            def isQuery(self): return self.inside(lambda n, a: a.get("id") == "query-form")
            def isDisabled(self): return self.inside(lambda n, a: n == "fieldset" and "disabled" in a)
            def isHidden(self): return self.inside(lambda n, a: "hidden" in a)
            def handle_starttag(self, tag, attributes):
                attributes = {name: value or "" for name, value in attributes}
                form = self.form
                form["attributeNames"].update(attributes)
                if "id" in attributes:
                    assert attributes["id"] not in form["elements"], attributes["id"] + " is there twice"
                    form["elements"][attributes["id"]] = {"name": tag, "attributes": attributes, "text": ""}
                if "autofocus" in attributes: form["focused"].append(attributes.get("id", ""))
                if tag == "script": form["scripts"].append(attributes.get("src", ""))
                if tag == "a" and self.inside(lambda n, a: a.get("class") == "problems"):
                    form["problemLinks"].append(attributes["href"])
                if tag not in VOID: self.open.append((tag, attributes))
                if not self.isQuery(): return
                isOff = "disabled" in attributes or self.isDisabled()
                if tag == "button" and attributes.get("name") == "do" and "hidden" not in attributes and not self.isHidden():
                    form["buttons"].append(attributes["value"])
                elif tag == "input" and "name" in attributes and not isOff:
                    if attributes.get("type") not in ("checkbox", "radio") or "checked" in attributes:
                        form["controls"].append([attributes["name"], attributes.get("value", "on")])
                elif tag == "select" and "name" in attributes and not isOff:
                    self.select = [attributes["name"], None]
                elif tag == "option" and self.select:
                    if self.select[1] is None or "selected" in attributes: self.select[1] = attributes["value"]
            def handle_endtag(self, tag):
                if tag == "select" and self.select:
                    if self.select[1] is not None: self.form["controls"].append(self.select)
                    self.select = None
                while self.open:
                    name, _ = self.open.pop()
                    if name == tag: break
            def handle_data(self, data):
                for _, attributes in self.open:
                    if "id" in attributes: self.form["elements"][attributes["id"]]["text"] += data

        reader = Reader()
        reader.feed(sys.stdin.buffer.read().decode("utf-8"))
        reader.close()
        reader.form["attributeNames"] = sorted(reader.form["attributeNames"])
        sys.stdout.buffer.write(json.dumps(reader.form).encode())
        """
}

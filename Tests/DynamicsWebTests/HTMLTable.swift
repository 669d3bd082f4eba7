import DynamicsTestSupport
import Foundation

/// The tables of a page as another reader of HTML sees them (Python's `html.parser`, with the implied end tags of the HTML Standard).
struct HTMLTable: Decodable {
    struct Cell: Decodable {
        let text: String
        let name: String
        let attributes: [String: String]
    }

    let attributes: [String: String]
    let head: [[Cell]]
    let body: [[Cell]]
    let foot: [[Cell]]
    /// All attributes of the rows of the body.
    let rows: [[String: String]]

    /// The table with the class `report`.
    init(in html: String) async throws {
        let text = try await python(Self.script, input: html)
        self = try JSONDecoder().decode(HTMLTable.self, from: Data(text.utf8))
    }

    private static let script = """
        import json, sys
        from html.parser import HTMLParser

        class Reader(HTMLParser):
            def __init__(self):
                super().__init__(convert_charrefs=True)
                self.depth, self.part, self.cell, self.hidden = 0, None, None, 0
                self.table = {"attributes": {}, "head": [], "body": [], "foot": [], "rows": []}
            def handle_starttag(self, tag, attributes):
                attributes = {name: value or "" for name, value in attributes}
                if tag == "table" and "report" in attributes.get("class", "").split():
                    self.depth, self.table["attributes"] = 1, attributes
                elif not self.depth:
                    return
                elif tag in ("thead", "tbody", "tfoot"):
                    self.part, self.cell = {"thead": "head", "tbody": "body", "tfoot": "foot"}[tag], None
                elif tag == "tr":
                    self.table[self.part].append([])
                    if self.part == "body": self.table["rows"].append(attributes)
                    self.cell = None
                elif tag in ("td", "th"):
                    self.cell = {"text": "", "name": tag, "attributes": attributes}
                    self.table[self.part][-1].append(self.cell)
                elif attributes.get("aria-hidden") == "true" or attributes.get("role") == "tooltip":
                    self.hidden = 1
                elif self.cell is not None and "href" in attributes:
                    self.cell["attributes"]["href"] = attributes["href"]
            def handle_endtag(self, tag):
                if tag == "table": self.depth = 0
                elif tag in ("thead", "tbody", "tfoot"): self.cell = None
                elif tag == "span": self.hidden = 0
            def handle_data(self, data):
                if self.depth and self.cell is not None and not self.hidden: self.cell["text"] += data

        reader = Reader()
        reader.feed(sys.stdin.buffer.read().decode("utf-8"))
        reader.close()
        for part in ("head", "body", "foot"):
            for row in reader.table[part]:
                # The line end between rows belongs to the last cell of the row before.
                if row: row[-1]["text"] = row[-1]["text"].removesuffix("\\n")
        sys.stdout.buffer.write(json.dumps(reader.table).encode())
        """
}

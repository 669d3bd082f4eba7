import DynamicsModel

/// A text as a literal of ClickHouse's SQL. The one place where what people type becomes part of a statement.
///
/// Everything but printable ASCII goes by its bytes (`\xC3`), and so do quotes and backslashes: what remains cannot end a literal.
func sqlText(_ text: String) -> String {
    var literal: [UInt8] = [0x27]
    for byte in text.utf8 {
        if byte < 0x20 || byte > 0x7E || byte == 0x27 || byte == 0x5C {
            literal += [0x5C, 0x78, hexadecimal(byte >> 4), hexadecimal(byte & 15)]
        } else {
            literal.append(byte)
        }
    }
    literal.append(0x27)
    return String(decoding: literal, as: UTF8.self)
}

/// Literals in brackets, for IN. Ascending, so that equal questions have equal statements.
func sqlTexts(_ texts: some Sequence<ExactText>) -> String {
    "(" + texts.sorted().map { sqlText($0.string) }.joined(separator: ", ") + ")"
}

private func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x41 + digit - 10 }

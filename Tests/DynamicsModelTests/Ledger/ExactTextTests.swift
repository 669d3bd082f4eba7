import DynamicsModel
import Testing

/// Ids, names and tags are compared by Unicode scalar values, where Swift's strings go by canonical equivalence.
@Suite struct ExactTextTests {
    @Test(arguments: [
        ("\u{E9}", "e\u{301}"), ("\r\n", "\n"), ("\u{212B}", "\u{C5}"), ("A", "a"), ("a", "a "), ("", "\u{200B}"),
    ])
    func differentScalarsAreDifferentTexts(a: String, b: String) {
        #expect(ExactText(a) != ExactText(b))
        #expect(Set([ExactText(a), ExactText(b)]).count == 2)
        #expect((ExactText(a) < ExactText(b)) != (ExactText(b) < ExactText(a)))
    }

    @Test func equalTextsHaveEqualHashes() {
        let (a, b) = (ExactText("caf\u{E9} 1"), ExactText("caf" + "\u{E9}" + " 1"))
        #expect(a == b && a.hashValue == b.hashValue && !(a < b) && !(b < a))
    }

    /// In UTF-16 the emoji would come before U+FFFD.
    @Test func ordersByScalarValues() {
        let texts: [ExactText] = [
            "", "1", "10", "9", "Z", "a", "e\u{301}", "z", "\u{E9}", "\u{FFFD}", "\u{1F600}",
        ]
        #expect(texts.reversed().sorted() == texts)
    }
}

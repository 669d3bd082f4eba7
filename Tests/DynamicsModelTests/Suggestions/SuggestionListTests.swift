import DynamicsModel
import Testing

struct SuggestionListTests {
    private func tags(_ tags: ExactText..., find text: String, limit: Int = 10) -> [ExactText] {
        SuggestionList(tags: tags).matches(text, limit: limit).map(\.id)
    }

    @Test func prefixesThenWordStartsThenAnywhere() {
        #expect(
            tags("silver gold", "goldfish", "marigold", "a-gold", "Gold", "gol", find: "gold")
                == ["Gold", "goldfish", "a-gold", "silver gold", "marigold"])
        #expect(
            tags("xa1b", "x(b", "x_b", "x9b", "xe\u{301}b", find: "b") == ["x(b", "x_b", "x9b", "xa1b", "xe\u{301}b"])
        // The first place is not the best one.
        #expect(tags("marigold gold", "marigold", find: "gold") == ["marigold gold", "marigold"])
    }

    @Test func limitCutsTheWorst() {
        #expect(tags("ba", "ab", "b", find: "b", limit: 2) == ["b", "ba"])
        #expect(tags("ba", "ab", "b", find: "", limit: 2) == ["ab", "b"])
        #expect(tags("b", find: "b", limit: 0) == [])
        #expect(tags("b", find: "b", limit: -1) == [])
        #expect(tags("b", find: "bb") == [])
    }

    @Test func caseDoesNotMatter() {
        #expect(tags("ÉTÉ", "été", "ete", find: "ÉtÉ") == ["ÉTÉ", "été"])
        #expect(tags("STRASSE", "straße", "STRAẞE", find: "strasse") == ["STRASSE", "STRAẞE", "straße"])
        #expect(tags("straße", find: "SS").count == 1)
        #expect(tags("ΟΔΟΣ", "οδος", "οδοσ", find: "οδος").count == 3)
        #expect(tags("İstanbul", find: "i\u{307}stanbul").count == 1)
        #expect(tags("Київ", find: "КИЇВ").count == 1)
        #expect(tags("\u{212A}elvin", find: "kelvin").count == 1)
    }

    @Test func nothingIsNormalised() {
        #expect(tags("é", "e\u{301}", find: "é") == ["é"])
        #expect(tags("é", "e\u{301}", find: "e") == ["e\u{301}"])
        #expect(tags("a\r\nb", find: "\n") == ["a\r\nb"])
    }

    @Test func namesAndIDsBothCount() {
        let list = SuggestionList([
            Suggestion(id: "p2", name: "Gold"), Suggestion(id: "gold-1", name: "Zinc"),
            Suggestion(id: "p1", name: "Gold"), Suggestion(id: "x", name: "Old gold"),
        ])
        #expect(list.matches("GOLD", limit: 9).map(\.id) == ["p1", "p2", "gold-1", "x"])
        #expect(list.matches("P", limit: 9).map(\.id) == ["p1", "p2"])
        #expect(list.names(of: ["x", "p2", "nobody"]) == ["x": "Old gold", "p2": "Gold"])
        #expect(list.names(of: []) == [:])
    }

    @Test func ownersWithinAScope() {
        let catalog = makeCatalog(resellers: [
            "north": .init(name: "North", owner: nil), "fjord": .init(name: "Fjord", owner: "north"),
            "south": .init(name: "South", owner: nil),
        ])
        func owners(_ scope: Scope) -> [ExactText] {
            SuggestionList(ownersIn: catalog, scope: scope).matches("", limit: 9).map(\.name)
        }
        #expect(owners(.everything) == ["Fjord", "North", "Operator", "South"])
        #expect(owners(.reseller("north")) == ["Fjord", "North"])
        #expect(owners(.reseller("fjord")) == ["Fjord"])
        #expect(owners(.reseller("nobody")) == [])
    }
}

import DynamicsReports
import Testing

struct WaitingLineTests {
    private func served(_ line: WaitingLine<String>) -> [String] {
        var (line, items) = (line, [String]())
        while let item = line.takeNext() { items.append(item) }
        return items
    }

    @Test func accountsTakeTurns() {
        var line = WaitingLine<String>()
        for (id, item) in ["a1", "a2", "a3", "b1", "c1", "b2"].enumerated() {
            line.add(id, for: item, account: item.hasPrefix("a") ? 1 : item.hasPrefix("b") ? 2 : 3)
        }
        #expect(line.items() == ["a1", "b1", "c1", "a2", "b2", "a3"])
        #expect(served(line) == line.items())
    }

    @Test func whoWasServedComesAfterTheOthers() {
        var line = WaitingLine<String>()
        line.add(1, for: "a1", account: 1)
        line.add(2, for: "a2", account: 1)
        #expect(line.takeNext() == "a1")
        line.add(3, for: "b1", account: 2)
        #expect(served(line) == ["b1", "a2"])
    }

    @Test func anEmptyLineRemembersWhoWasServed() {
        var line = WaitingLine<String>()
        line.add(1, for: "a1", account: 1)
        #expect(line.takeNext() == "a1" && line.isEmpty)
        line.add(2, for: "a2", account: 1)
        line.add(3, for: "b1", account: 2)
        #expect(served(line) == ["b1", "a2"])
    }

    @Test func sharedItemsComeWithTheFirstOfThoseWhoWantThem() {
        var line = WaitingLine<String>()
        line.add(1, for: "x", account: 1)
        line.add(2, for: "y", account: 1)
        line.add(3, for: "z", account: 1)
        line.add(4, for: "z", account: 2)
        #expect(line.items() == ["x", "z", "y"])
        line.remove(4)
        #expect(line.items() == ["x", "y", "z"])
        line.remove(1)
        #expect(served(line) == ["y", "z"])
        #expect(line.isEmpty == false)
        line.remove(2)
        line.remove(3)
        #expect(line.isEmpty && line.takeNext() == nil)
    }
}

import DynamicsImport
import DynamicsTestSupport
import Testing

@Suite struct IdentifierTableTests {
    @Test func findsWhatWasInsertedAndNothingElse() throws {
        var random = SplitMix64(seed: 20_240_315)
        var table = IdentifierTable()
        var numbers: [String: UInt32] = [:]
        var absent: [String] = []
        for number in UInt32(0)..<20_000 {
            // Few letters and many lengths: ids that are beginnings of others, and that differ in the last byte only.
            let id = (0..<random.between(1...random.pick([3, 9, 14, 64]))).map { _ in random.pick(["a", "b", "ж"]) }
                .joined()
            if numbers[id] != nil { continue }
            if number % 3 == 0 {
                absent.append(id)
                continue
            }
            table.insert(id, number: number)
            numbers[id] = number
        }
        #expect(table.count == numbers.count)
        for (id, number) in numbers { try #require(table.number(of: id) == number) }
        for id in absent where numbers[id] == nil { try #require(table.number(of: id) == nil) }
        #expect(table.number(of: "") == nil)
    }
}

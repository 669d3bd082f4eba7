import DynamicsLedger
import Testing

@Suite struct SipHashTests {
    /// From `vectors.h` of the reference implementation (https://github.com/veorq/SipHash): the key is 00 01 ... 0f, the
    /// message the first bytes of 00 01 02 ...; OpenSSL's `mac -macopt size:16 SIPHASH` gives the same.
    static let vectors: [(length: Int, digest: String)] = [
        (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
        (2, "8177228da4a45dc7fca38bdef60affe4"), (3, "9c70b60c5267a94e5f33b6b02985ed51"),
        (7, "a1f1ebbed8dbc153c0b84aa61ff08239"), (8, "3b62a9ba6258f5610f83e264f31497b4"),
        (9, "264499060ad9baabc47f8b02bb6d71ed"), (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
        (16, "6ee2a4ca67b054bbfd3315bf85230577"), (63, "5150d1772f50834a503e069a973fbd7c"),
    ]

    @Test(arguments: vectors) func givesThePublishedDigests(length: Int, digest: String) {
        let hash = SipHash(key: (0..<16).map { UInt8($0) })
        let message = (0..<length).map { UInt8($0) }
        let (first, second) = message.withUnsafeBytes { hash($0) }
        #expect(hex(first) + hex(second) == digest)
    }

    private func hex(_ word: UInt64) -> String {
        (0..<8).map { place in
            let text = String(word >> (UInt64(place) * 8) & 0xFF, radix: 16)
            return text.count < 2 ? "0" + text : text
        }.joined()
    }
}

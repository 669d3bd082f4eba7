import Foundation
import Synchronization

/// How readers of a language write numbers: the separators, and where they stand. Digits are always 0-9.
struct NumberStyle: Sendable, Hashable {
    /// Between the whole and the fraction, in UTF-8.
    let decimal: [UInt8]
    /// Between groups of digits, in UTF-8; empty: no groups.
    let group: [UInt8]
    /// Digits of the last group, and of those before it.
    let lastGroup: Int
    let otherGroups: Int
    /// Digits of the shortest whole that is grouped: in Polish, 1234 is not.
    let shortestGrouped: Int

    /// `1,234,567.89`.
    static let english = NumberStyle(
        decimal: [0x2E], group: [0x2C], lastGroup: 3, otherGroups: 3, shortestGrouped: 4)

    /// The true minus sign, U+2212, which is as wide as a digit and is no hyphen.
    static let minus: [UInt8] = [0xE2, 0x88, 0x92]

    /// Appends a decimal number (an optional `-`, digits, and possibly a point and digits).
    func append(_ decimal: String, to bytes: inout [UInt8]) {
        var copy = decimal
        copy.withUTF8 { text in
            var index = 0
            if text.first == UInt8(ascii: "-") {
                bytes.append(contentsOf: Self.minus)
                index = 1
            }
            let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
            let isGrouped = !group.isEmpty && point - index >= shortestGrouped
            while index < point {
                bytes.append(text[index])
                index += 1
                let left = point - index
                if isGrouped, left >= lastGroup, (left - lastGroup) % otherGroups == 0 {
                    bytes.append(contentsOf: group)
                }
            }
            guard point < text.count else { return }
            bytes.append(contentsOf: self.decimal)
            bytes.append(contentsOf: text[(point + 1)...])
        }
    }

    /// The number as text.
    func text(_ decimal: String) -> String {
        var bytes: [UInt8] = []
        append(decimal, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

// MARK: - Of a language

extension NumberStyle {
    private static let known = Mutex<[String: NumberStyle]>([:])

    /// The style of the language that a browser prefers; English when it names none that we know.
    /// - Parameter header: `Accept-Language` (RFC 9110, section 12.5.4).
    static func preferred(by header: String?) -> NumberStyle {
        for tag in preferences(header ?? "") {
            if let style = style(ofLanguage: tag) { return style }
        }
        return .english
    }

    /// The tags of the header, the most wanted first. Those that are no plain tags are left out, as are all behind the first 20.
    private static func preferences(_ header: String) -> [String] {
        let wanted = header.split(separator: ",").prefix(20).compactMap { item -> (tag: String, quality: Double)? in
            let parts = item.split(separator: ";").map { $0.trimming { $0 == " " || $0 == "\t" } }
            guard let tag = parts.first, isTag(tag) else { return nil }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return quality > 0 ? (String(tag), quality) : nil
        }
        // `sort` keeps no order among equals; the index does.
        return wanted.enumerated().sorted { a, b in
            a.element.quality != b.element.quality ? a.element.quality > b.element.quality : a.offset < b.offset
        }.map(\.element.tag)
    }

    private static func isTag(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 35
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    /// nil for a language that the system has no data about. Only styles of known locales are kept, so that visitors cannot fill
    /// the memory with made-up ones.
    private static func style(ofLanguage tag: String) -> NumberStyle? {
        let identifier = Locale.canonicalIdentifier(from: tag.replacing("-", with: "_"))
        guard let locale = knownLocale(identifier) else { return nil }
        if let style = known.withLock({ $0[locale] }) { return style }
        let style = NumberStyle(reading: Locale(identifier: locale + "@numbers=latn"))
        known.withLock { $0[locale] = style }
        return style
    }

    /// The identifier itself, or without its last parts, when the system knows it.
    private static func knownLocale(_ identifier: String) -> String? {
        var parts = identifier.split(separator: "_")
        while !parts.isEmpty {
            let shorter = parts.joined(separator: "_")
            if available.contains(shorter) { return shorter }
            parts.removeLast()
        }
        return nil
    }

    private static let available = Set(Locale.availableIdentifiers)

    /// Reads the style from numbers that the system's own formatter writes.
    private init(reading locale: Locale) {
        func written(_ number: Double) -> [Run] { Self.runs(number.formatted(.number.locale(locale))) }
        let long = written(1_234_567_890.5)
        let separators = long.compactMap { $0.isDigits ? nil : $0.bytes }
        let groups = long.compactMap { $0.isDigits ? $0.bytes.count : nil }
        decimal = separators.last ?? [0x2E]
        // Without groups there is one separator, the decimal one.
        group = separators.count > 1 ? separators[0] : []
        lastGroup = groups.count > 2 ? groups[groups.count - 2] : 3
        otherGroups = groups.count > 3 ? groups[groups.count - 3] : lastGroup
        shortestGrouped =
            (4...7).first { digits in
                written([1234, 12345, 123_456, 1_234_567][digits - 4]).count > 1
            } ?? 4
    }

    private struct Run {
        let isDigits: Bool
        var bytes: [UInt8]
    }

    /// A text in runs of digits and of what stands between them.
    private static func runs(_ text: String) -> [Run] {
        var runs: [Run] = []
        for byte in text.utf8 {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if runs.last?.isDigits == isDigit {
                runs[runs.count - 1].bytes.append(byte)
            } else {
                runs.append(Run(isDigits: isDigit, bytes: [byte]))
            }
        }
        return runs
    }
}

extension Substring {
    fileprivate func trimming(_ isBlank: (Character) -> Bool) -> Substring {
        var text = self
        while let first = text.first, isBlank(first) { text.removeFirst() }
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}

/// A file that holds one stream, as [MS-CFB] version 3 lays it out: sectors of 512 bytes, linked by tables.
enum CompoundFile {
    private static let sector = 512
    /// [MS-CFB] 2.1: what stands in the tables instead of the number of a sector.
    private static let endOfChain = 0xFFFF_FFFE
    private static let free = 0xFFFF_FFFF
    private static let isTable = 0xFFFF_FFFD
    private static let isTableOfTables = 0xFFFF_FFFC
    /// Shorter streams would have to be kept in sectors of 64 bytes (2.6.1, 2.4); this one is made longer instead.
    private static let shortestStream = 4096
    /// Places for tables in the header (2.2).
    private static let tablesInHeader = 109
    private static let numbersInSector = 128

    /// - Parameters:
    ///   - name: of the stream, at most 31 characters of the Basic Multilingual Plane.
    ///   - parts: what it holds, one after the other; zeros may follow.
    ///   - kind: which program's file it is (CLSID of the root, [MS-CFB] 2.6.1).
    static func bytes(stream name: String, _ parts: [[UInt8]], kind: [UInt8]) -> [UInt8] {
        let size = max(shortestStream, parts.reduce(0) { $0 + $1.count })
        let sectors = (size + sector - 1) / sector
        var layout = Layout(streamSectors: sectors)
        layout.settle()
        var file = RecordBytes()
        file.reserve((1 + layout.sectorCount) * sector)
        header(layout, to: &file)
        for part in parts { file.append(part) }
        file.zeros((1 + sectors) * sector - file.count)
        directory(name, size: size, kind: kind, to: &file)
        tables(layout, to: &file)
        return file.bytes
    }

    /// Which sectors hold what: the stream, the directory, the tables (FAT), and the tables of tables (DIFAT).
    private struct Layout {
        let streamSectors: Int
        var tableCount = 0
        var tableTableCount = 0

        init(streamSectors: Int) { self.streamSectors = streamSectors }

        var directory: Int { streamSectors }
        var firstTable: Int { streamSectors + 1 }
        var firstTableTable: Int { firstTable + tableCount }
        var sectorCount: Int { firstTableTable + tableTableCount }

        /// Tables have entries for themselves, too.
        mutating func settle() {
            while tableCount * numbersInSector < sectorCount {
                tableCount += 1
                tableTableCount = (max(0, tableCount - tablesInHeader) + numbersInSector - 2) / (numbersInSector - 1)
            }
        }
    }

    /// [MS-CFB] 2.2.
    private static func header(_ layout: Layout, to file: inout RecordBytes) {
        file.append([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
        file.zeros(16)
        file.u16(0x003E)
        file.u16(3)
        file.u16(0xFFFE)
        file.u16(9)  // Sectors of 2^9 bytes,
        file.u16(6)  // small ones of 2^6.
        file.zeros(6)
        file.u32(0)
        file.u32(layout.tableCount)
        file.u32(layout.directory)
        file.u32(0)
        file.u32(shortestStream)
        file.u32(endOfChain)  // There are no small sectors.
        file.u32(0)
        file.u32(layout.tableTableCount == 0 ? endOfChain : layout.firstTableTable)
        file.u32(layout.tableTableCount)
        for index in 0..<tablesInHeader { file.u32(index < layout.tableCount ? layout.firstTable + index : free) }
    }

    /// [MS-CFB] 2.6: four entries of 128 bytes fill the sector.
    private static func directory(_ name: String, size: Int, kind: [UInt8], to file: inout RecordBytes) {
        entry("Root Entry", type: 5, child: 1, kind: kind, start: endOfChain, size: 0, to: &file)
        entry(name, type: 2, child: free, kind: [], start: 0, size: size, to: &file)
        for _ in 0..<2 { entry("", type: 0, child: free, kind: [], start: 0, size: 0, to: &file) }
    }

    private static func entry(
        _ name: String, type: Int, child: Int, kind: [UInt8], start: Int, size: Int, to file: inout RecordBytes
    ) {
        let units = Array(name.utf16)
        for unit in units { file.u16(Int(unit)) }
        file.zeros(64 - 2 * units.count)
        file.u16(units.isEmpty ? 0 : 2 * units.count + 2)
        file.u8(type)
        file.u8(type == 0 ? 0 : 1)  // Black, the colour of a tree of one.
        file.u32(free)
        file.u32(free)
        file.u32(child)
        file.append(kind)
        file.zeros(16 - kind.count + 4 + 16)
        file.u32(start)
        file.u32(size)
        file.u32(0)
    }

    /// [MS-CFB] 2.3 and 2.5.
    private static func tables(_ layout: Layout, to file: inout RecordBytes) {
        for index in 1..<layout.streamSectors { file.u32(index) }
        file.u32(endOfChain)
        file.u32(endOfChain)
        for _ in 0..<layout.tableCount { file.u32(isTable) }
        for _ in 0..<layout.tableTableCount { file.u32(isTableOfTables) }
        for _ in layout.sectorCount..<layout.tableCount * numbersInSector { file.u32(free) }
        var table = tablesInHeader
        for index in 0..<layout.tableTableCount {
            for _ in 0..<numbersInSector - 1 {
                file.u32(table < layout.tableCount ? layout.firstTable + table : free)
                table += 1
            }
            file.u32(index + 1 < layout.tableTableCount ? layout.firstTableTable + index + 1 : endOfChain)
        }
    }
}

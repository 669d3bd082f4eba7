/// Little-endian bytes, as [MS-XLS] and [MS-CFB] want them.
struct RecordBytes {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    /// The longest data that one record can have: [MS-XLS] 2.1.4.
    static let longestRecord = 8224

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    mutating func u8(_ value: Int) { bytes.append(UInt8(truncatingIfNeeded: value)) }

    mutating func u16(_ value: Int) {
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }

    mutating func u32(_ value: Int) {
        u16(value)
        u16(value >> 16)
    }

    mutating func double(_ value: Double) {
        let bits = value.bitPattern
        u32(Int(bits & 0xFFFF_FFFF))
        u32(Int(bits >> 32))
    }

    mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

    mutating func append(_ other: some Collection<UInt8>) { bytes.append(contentsOf: other) }

    /// A record: its type, its length, its data ([MS-XLS] 2.1.4).
    mutating func record(_ type: RecordType, _ data: (inout RecordBytes) -> Void = { _ in }) {
        u16(type.rawValue)
        u16(0)
        let start = count
        data(&self)
        set16(count - start, at: start - 2)
    }

    /// A string without formatting: whether its characters take two bytes, then they ([MS-XLS] 2.5.294, 2.5.240). Their number stands in
    /// front, in so many bytes.
    mutating func string(_ text: String, countBytes: Int) {
        let units = Array(text.utf16)
        if countBytes == 1 { u8(units.count) } else { u16(units.count) }
        let isWide = units.contains { $0 > 0xFF }
        u8(isWide ? 1 : 0)
        for unit in units { if isWide { u16(Int(unit)) } else { u8(Int(unit)) } }
    }

    mutating func set16(_ value: Int, at index: Int) {
        bytes[index] = UInt8(truncatingIfNeeded: value)
        bytes[index + 1] = UInt8(truncatingIfNeeded: value >> 8)
    }

    mutating func set32(_ value: Int, at index: Int) {
        set16(value, at: index)
        set16(value >> 16, at: index + 2)
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

/// The records that are written: [MS-XLS] 2.3.2, by the names there.
enum RecordType: Int {
    case eof = 0x000A
    case calcCount = 0x000C
    case calcMode = 0x000D
    case calcPrecision = 0x000E
    case calcRefMode = 0x000F
    case calcDelta = 0x0010
    case calcIter = 0x0011
    case protect = 0x0012
    case password = 0x0013
    case header = 0x0014
    case footer = 0x0015
    case externSheet = 0x0017
    case lbl = 0x0018
    case winProtect = 0x0019
    case selection = 0x001D
    case date1904 = 0x0022
    case leftMargin = 0x0026
    case rightMargin = 0x0027
    case topMargin = 0x0028
    case bottomMargin = 0x0029
    case printRowCol = 0x002A
    case printGrid = 0x002B
    case font = 0x0031
    case continuation = 0x003C
    case window1 = 0x003D
    case backup = 0x0040
    case pane = 0x0041
    case codePage = 0x0042
    case defColWidth = 0x0055
    case writeAccess = 0x005C
    case calcSaveRecalc = 0x005F
    case colInfo = 0x007D
    case guts = 0x0080
    case wsBool = 0x0081
    case gridSet = 0x0082
    case hCenter = 0x0083
    case vCenter = 0x0084
    case boundSheet8 = 0x0085
    case country = 0x008C
    case hideObj = 0x008D
    case palette = 0x0092
    case setup = 0x00A1
    case mulRk = 0x00BD
    case mulBlank = 0x00BE
    case mms = 0x00C1
    case dbCell = 0x00D7
    case bookBool = 0x00DA
    case xf = 0x00E0
    case interfaceHdr = 0x00E1
    case interfaceEnd = 0x00E2
    case mergeCells = 0x00E5
    case sst = 0x00FC
    case labelSst = 0x00FD
    case extSST = 0x00FF
    case rrTabID = 0x013D
    case usesELFs = 0x0160
    case dsf = 0x0161
    case supBook = 0x01AE
    case prot4Rev = 0x01AF
    case refreshAll = 0x01B7
    case prot4RevPass = 0x01BC
    case dimensions = 0x0200
    case blank = 0x0201
    case number = 0x0203
    case row = 0x0208
    case index = 0x020B
    case defaultRowHeight = 0x0225
    case window2 = 0x023E
    case rk = 0x027E
    case style = 0x0293
    case format = 0x041E
    case bof = 0x0809
}

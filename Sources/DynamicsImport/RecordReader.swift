/// Takes the records of a chunk one after the other, as cells by field.
protocol RecordReader {
    /// The physical line on which the record starts that was last taken.
    var recordLine: Int { get }

    /// Takes the next record. The cells of fields that it has not are empty.
    /// - Returns: false at the end.
    /// - Throws: what is wrong with the record's form; the reader stands behind it then.
    mutating func next(into cells: borrowing Cells) throws(Fault) -> Bool
}

let lineFeed = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")
let comma = UInt8(ascii: ",")
let quote = UInt8(ascii: "\"")

func lineFeeds(in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var count = 0
    for byte in bytes where byte == lineFeed { count &+= 1 }
    return count
}

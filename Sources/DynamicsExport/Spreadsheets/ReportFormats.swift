import DynamicsModel
import DynamicsSpreadsheets

/// The looks of all cells, each named by its position.
struct ReportFormats {
    private(set) var all: [CellFormat] = []

    private(set) var title = 0
    private(set) var groupColumn = 0
    private(set) var measureGroup = 0
    /// By measure, as `figures` and `totals`: a line parts the groups.
    private(set) var measureTitles: [Int] = []
    private(set) var figures: [Int] = []
    private(set) var totals: [Int] = []
    private(set) var text = 0
    private(set) var totalText = 0
    private(set) var year = 0
    private(set) var month = 0
    private(set) var date = 0
    // On the second sheet.
    private(set) var section = 0
    private(set) var label = 0
    private(set) var wrapped = 0
    private(set) var columnTitle = 0
    private(set) var numberTitle = 0
    private(set) var dateTime = 0
    private(set) var integer = 0
    private(set) var rate = 0

    /// - Parameter digits: the decimal places of money.
    init(digits: Int) {
        title = add { $0.isBold = true }
        groupColumn = add(Self.makeHeader)
        measureGroup = add {
            Self.makeHeader(&$0)
            $0.alignment = .center
            $0.left = .thin
        }
        for measure in Measure.allCases {
            let isEdge = measure.rawValue == 0 || Measure.allCases[measure.rawValue - 1].group != measure.group
            let number = measure.isMoney ? Self.money(digits) : "#,##0"
            measureTitles.append(
                add {
                    Self.makeHeader(&$0)
                    $0.alignment = .right
                    if isEdge { $0.left = .thin }
                })
            figures.append(
                add {
                    $0.numberFormat = number
                    if isEdge { $0.left = .thin }
                })
            totals.append(
                add {
                    Self.makeTotal(&$0)
                    $0.numberFormat = number
                    if isEdge { $0.left = .thin }
                })
        }
        text = add { $0.numberFormat = "@" }
        totalText = add(Self.makeTotal)
        year = addLeft("0")
        month = addLeft("yyyy-mm")
        date = addLeft("yyyy-mm-dd")
        section = add {
            $0.isBold = true
            $0.isShaded = true
        }
        label = add { $0.vertical = .top }
        wrapped = add {
            $0.isWrapped = true
            $0.vertical = .top
            $0.numberFormat = "@"
        }
        columnTitle = add {
            $0.isBold = true
            $0.bottom = .thin
        }
        numberTitle = add {
            $0.isBold = true
            $0.bottom = .thin
            $0.alignment = .right
        }
        dateTime = addLeft("yyyy-mm-dd hh:mm:ss", .top)
        integer = addLeft("#,##0", .top)
        rate = add { $0.numberFormat = "#,##0.000000######" }
    }

    static func money(_ digits: Int) -> String {
        digits == 0 ? "#,##0" : "#,##0." + String(repeating: "0", count: digits)
    }

    private static func makeHeader(_ format: inout CellFormat) {
        format.isBold = true
        format.isShaded = true
        format.isWrapped = true
        format.vertical = .center
        format.bottom = .thin
    }

    private static func makeTotal(_ format: inout CellFormat) {
        format.isBold = true
        format.top = .thin
        format.bottom = .double
    }

    private mutating func addLeft(
        _ numberFormat: String, _ vertical: CellFormat.VerticalAlignment = .bottom
    ) -> Int {
        add {
            $0.vertical = vertical
            $0.numberFormat = numberFormat
            $0.alignment = .left
        }
    }

    /// The position of a format, which is added unless there is one like it.
    private mutating func add(_ change: (inout CellFormat) -> Void) -> Int {
        var format = CellFormat()
        change(&format)
        if let known = all.firstIndex(of: format) { return known }
        all.append(format)
        return all.count - 1
    }
}

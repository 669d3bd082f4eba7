import DynamicsExport
import DynamicsModel
import DynamicsTestSupport
import Testing

@Suite struct ChartTests {
    private func settings(_ kind: ChartSettings.Kind, _ left: [Measure], _ right: [Measure] = []) -> ChartSettings {
        var settings = ChartSettings()
        (settings.kind, settings.left, settings.right) = (kind, left, right)
        return settings
    }

    private func row(_ month: String? = nil, _ package: RowKey.PackageColumn? = nil, _ qty: Int64) -> ReportRow {
        ReportRow(
            key: RowKey(month: month, package: package),
            measures: figures([.activeQty: .quantity(qty), .refillTotal: money(Int128(qty) * 1_500_000)]))
    }

    private func package(_ name: String) -> RowKey.PackageColumn {
        .package(id: ExactText("id-\(name)"), name: ExactText(name))
    }

    // MARK: - Settings

    @Test func everySettingComesBackFromItsFields() throws {
        var random = SplitMix64(seed: 41)
        for _ in 0..<500 {
            var settings = ChartSettings()
            settings.kind = random.pick(ChartSettings.Kind.allCases)
            settings.left = random.some(Measure.allCases, percent: 20)
            settings.right = random.some(Measure.allCases, percent: 20).filter { !settings.left.contains($0) }
            settings.axis = random.pick(ChartSettings.Axis.allCases)
            settings.legend = random.pick(ChartSettings.Legend.allCases)
            settings.at = random.pick(["", "2024-03"])
            settings.title = random.pick(["", "A & B = C?", "заголовок"])
            #expect(try ChartSettings(fields: settings.fields) == settings)
        }
        #expect(try ChartSettings(fields: [("sort", "date")]) == nil)
    }

    @Test(arguments: [("chart", "cake"), ("left", "profit"), ("axis", "sideways"), ("legend", "up")])
    func whatMakesNoSenseIsNamed(field: String, value: String) {
        let error = #expect(throws: DynamicsError.self) {
            _ = try ChartSettings(fields: field == "chart" ? [(field, value)] : [("chart", "line"), (field, value)])
        }
        #expect(error?.field == field && error?.message.contains(value) == true)
    }

    @Test func aFigureIsOnOneAxisOnly() throws {
        let read = try ChartSettings(fields: [
            ("chart", "line"), ("left", "all_qty"), ("right", "all_qty"), ("left", "all_qty"),
        ])
        #expect(read?.left == [.allQty] && read?.right == [])
    }

    // MARK: - Data

    @Test func periodsRunAlongTheAxisWhateverTheOrderOfRows() throws {
        let result = try makeResult(by: [.month], rows: [row("2024-02", nil, 2), row("2024-01", nil, 1)])
        let data = ChartData(result, settings(.line, [.activeQty], [.refillTotal]))
        #expect(data.labels == ["2024-01", "2024-02"])
        #expect(data.series.map(\.values) == [[.quantity(1), .quantity(2)], [money(1_500_000), money(3_000_000)]])
        #expect(data.series.map(\.isRight) == [false, true])
        #expect(data.title == "Clients - Active: Qty, Balance Refill: Total [EUR]")
    }

    @Test func aPackageIsASeriesAndItsMissingRowsAreZero() throws {
        let result = try makeResult(
            by: [.month, .package],
            rows: [
                row("2024-01", package("Gold"), 5), row("2024-01", RowKey.PackageColumn.none, 7),
                row("2024-02", package("No package"), 3), row("2024-02", package("Gold"), 6),
            ])
        var settings = settings(.bar, [.activeQty])
        let data = ChartData(result, settings)
        #expect(data.series.map(\.name) == ["Gold", "No package", "No package"])
        #expect(
            data.series.map(\.values) == [
                [.quantity(5), .quantity(6)], [.quantity(7), .quantity(0)], [.quantity(0), .quantity(3)],
            ])
        settings.axis = .package
        let turned = ChartData(result, settings)
        #expect(turned.labels == ["Gold", "No package", "No package"])
        #expect(turned.series.map(\.name) == ["2024-01", "2024-02"])
        #expect(ChartData(result, self.settings(.line, [.refillAvg])).series[1].values[1] == .empty)
    }

    /// Each value is that of a row, and each row is somewhere: nothing is added up, rounded or lost.
    @Test(arguments: UInt64(0)..<200) func chartsHoldTheReportsOwnFigures(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let groupings = random.pick([
            [], [Grouping.year], [.month, .year], [.date], [.package], [.package, .date], [.month, .package],
        ])
        var rows: [ReportRow] = []
        for day in 0..<random.between(1...9) {
            for package in groupings.contains(.package) ? ["a", "b", "c"] : [""] where random.chance(80) {
                let date = "2024-01-0\(day + 1)"
                let key = RowKey(
                    year: groupings.contains(.year) ? "\(2015 + day)" : nil,
                    month: groupings.contains(.month)
                        ? "\(groupings.contains(.year) ? 2015 + day : 2024)-0\(day + 1)" : nil,
                    date: groupings.contains(.date) ? date : nil,
                    package: package.isEmpty ? nil : self.package(package))
                guard !rows.contains(where: { $0.key == key }) else { continue }
                rows.append(
                    ReportRow(
                        key: key, measures: figures([.activeQty: .quantity(Int64(random.between(1...1_000_000)))])))
            }
        }
        var settings = settings(.line, [.activeQty])
        settings.axis = random.pick(ChartSettings.Axis.allCases)
        let data = ChartData(try makeResult(by: groupings, rows: rows), settings)
        let drawn = data.series.flatMap(\.values).filter { $0 != .quantity(0) }
        func sorted(_ values: [MeasureValue]) -> [Double] { values.compactMap(\.nearest).sorted() }
        #expect(sorted(drawn) == sorted(rows.map { $0.measures[.activeQty] }))
        #expect(data.series.allSatisfy { $0.values.count == data.labels.count })
    }

    @Test func whatCannotBeToldApartIsLeftOutAndSaid() throws {
        let rows = (1...40).map { row("2024-01", package("p\($0)"), Int64($0)) }
        let result = try makeResult(by: [.month, .package], rows: rows)
        let data = ChartData(result, settings(.line, [.activeQty]))
        #expect(data.series.map(\.name) == (29...40).map { "p\($0)" })
        #expect(data.notes.count == 1 && data.notes[0].contains("12 of 40"))
        let pie = ChartData(result, settings(.pie, [.activeQty]))
        #expect(pie.labels == (21...40).reversed().map { "p\($0)" } && pie.notes.count == 1)
    }

    @Test func aPieIsOfTheLastPeriodThatHasSomething() throws {
        let result = try makeResult(
            by: [.month, .package],
            rows: [row("2024-01", package("a"), 1), row("2024-02", package("a"), 4), row("2024-03", package("a"), 0)])
        var settings = settings(.pie, [.activeQty])
        #expect(ChartData(result, settings).period == "2024-02")
        settings.at = "2024-01"
        let data = ChartData(result, settings)
        #expect(data.period == "2024-01" && data.labels == ["a"] && data.series.map(\.values) == [[.quantity(1)]])
        #expect(data.title == "Clients - Active: Qty, 2024-01")
    }

    @Test func ofNothingNothingIsDrawn() throws {
        for kind in ChartSettings.Kind.allCases {
            let blank = ChartData(try makeResult(by: [.month], rows: [row("2024-01", nil, 1)]), settings(kind, []))
            #expect(blank.series.allSatisfy { $0.values.isEmpty } && blank.title.isEmpty)
            let empty = ChartData(try makeResult(by: [.month, .package]), settings(kind, [.activeQty]))
            #expect(empty.labels.isEmpty && empty.series.allSatisfy { $0.values.isEmpty })
        }
    }
}

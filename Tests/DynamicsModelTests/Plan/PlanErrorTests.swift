import DynamicsModel
import Testing

/// Queries that make no sense: one clear sentence each, with the field that it is about.
@Suite struct PlanErrorTests {
    private func refusal(
        _ query: ReportQuery, _ catalog: LedgerCatalog = makeCatalog(), scope: Scope = .everything,
        zone: TimeZoneRules? = nil, packagesInScope: Set<ExactText> = []
    ) throws -> DynamicsError {
        let error = try #require(throws: DynamicsError.self) {
            try makePlan(query, catalog, scope: scope, zone: zone, packagesInScope: packagesInScope)
        }
        #expect(error.kind == .usage)
        return error
    }

    @Test(arguments: Grouping.allCases) func sameGroupingTwice(grouping: Grouping) throws {
        var query = try makeQuery("2024-01-01", "2024-01-31")
        query.groupBy = Grouping.allCases + [grouping]
        let error = try refusal(query)
        #expect(error.code == "duplicate_grouping" && error.field == "group_by")
        #expect(error.message.contains(grouping.rawValue))
    }

    @Test(arguments: [Int.min, -1, 0, 121, Int.max]) func activeMonthsOutOfRange(months: Int) throws {
        let error = try refusal(makeQuery("2024-01-01", "2024-01-31", months: months))
        #expect(error.code == "bad_active_months" && error.field == "active_months")
        #expect(error.message.contains("\(months)") && error.message.contains("1 to 120"))
    }

    @Test(arguments: [1, 120]) func activeMonthsAtTheLimits(months: Int) throws {
        #expect(try makePlan(makeQuery("2024-01-01", "2024-01-31", months: months)).buckets.count == 1)
    }

    struct Period: Sendable {
        let from, to: String
        var zone = "UTC"
    }

    @Test(arguments: [
        Period(from: "2024-02-01", to: "2024-01-31"), Period(from: "2024-02-01", to: "2024-01-01"),
        Period(from: "2024-02-01T12:00", to: "2024-02-01T12:00"),
        Period(from: "2024-02-01T12:15", to: "2024-02-01T12:00"),
        Period(from: "2024-02-02T00:00", to: "2024-02-01"),
        // Never there; and an hour that never was.
        Period(from: "2011-12-30", to: "2011-12-30", zone: "Pacific/Apia"),
        Period(from: "2024-03-31T03:00", to: "2024-03-31T03:00", zone: "Europe/Kyiv"),
        Period(from: "2024-03-31T03:30", to: "2024-03-31T04:30", zone: "Europe/Kyiv"),
    ])
    func periodWithoutTime(period: Period) throws {
        let error = try refusal(makeQuery(period.from, period.to, period.zone))
        #expect(error.code == "empty_period")
        #expect(error.description.contains(period.from) && error.description.contains(period.to))
        #expect(error.description.contains("from") && error.description.contains("to:"))
    }

    @Test func limitsOffTheTick() throws {
        let from = try refusal(makeQuery("2024-01-01T09:07", "2024-01-31"))
        #expect(from.code == "off_tick" && from.field == "from" && from.message.contains("2024-01-01T09:07"))
        let to = try refusal(makeQuery("2024-01-01", "2024-01-31T09:01"))
        #expect(to.code == "off_tick" && to.field == "to" && to.message.contains("2024-01-31T09:01"))
        // A quarter past in Kathmandu is a full quarter in UTC, too.
        #expect(try makePlan(makeQuery("2024-01-01T09:15", "2024-01-31", "Asia/Kathmandu")).buckets.count == 1)
    }

    /// There has been no such zone since 1972; the next one may come.
    @Test func daysOffTheTick() throws {
        let zone = try HandMadeTZif.ruledBy("XXX-0:20")
        let error = try refusal(makeQuery("2024-01-01", "2024-01-31"), zone: zone)
        #expect(error.code == "off_tick" && error.field == "from")
        let within = try refusal(makeQuery("2024-01-01T00:05", "2024-01-31T00:05", by: [.date]), zone: zone)
        #expect(
            within.code == "off_tick" && within.field == "timezone" && within.message.contains("start of 2024-01-01"))
    }

    @Test func twentyThousandBucketsAndNotOneMore() throws {
        let most = try makePlan(makeQuery("1990-01-01", "2044-10-03", by: [.date]))
        #expect(most.buckets.count == 20_000)
        #expect(ReportPlan.maximumBuckets == 20_000)
        let error = try refusal(makeQuery("1990-01-01", "2044-10-04", by: [.date]))
        #expect(error.code == "too_many_buckets" && error.message.contains("20001"))
        let all = try refusal(makeQuery("1990-01-01", "2199-12-31", by: [.year, .date]))
        #expect(all.message.contains("76701"))
    }

    /// Shown or not, so that the answer does not hang on the data.
    @Test func bucketsThatAreNotShownCount() throws {
        for bounds in [nil, try ticks("2024-01-01 00:00", "2024-01-02 00:00")] {
            let error = try refusal(makeQuery("1990-01-01", "2044-10-04", by: [.date]), makeCatalog(bounds: bounds))
            #expect(error.code == "too_many_buckets")
            #expect(
                try makePlan(makeQuery("1990-01-01", "2044-10-03", by: [.date]), makeCatalog(bounds: bounds)).buckets
                    .count < 3)
        }
    }

    /// 20,001 dates, of which one has no time; started days are days.
    @Test func bucketsAreCountedByTheCalendar() throws {
        let skipped = try refusal(makeQuery("1990-01-01", "2044-10-04", "Pacific/Apia", by: [.date]))
        #expect(skipped.message.contains("20001"))
        #expect(
            try makePlan(makeQuery("1990-01-01", "2044-10-03", "Pacific/Apia", by: [.date])).buckets.count == 19_999)
        #expect(try makePlan(makeQuery("1990-01-01T12:00", "2044-10-03T12:00", by: [.date])).buckets.count == 20_000)
        #expect(try refusal(makeQuery("1990-01-01T23:45", "2044-10-04T00:15", by: [.date])).message.contains("20001"))
    }

    // MARK: - Owners and packages

    private var tree: LedgerCatalog {
        makeCatalog(
            resellers: [
                "north": .init(name: "North", owner: nil), "fjord": .init(name: "Fjord", owner: "north"),
                "south": .init(name: "South", owner: nil),
            ],
            packages: ["gold": "Gold", "silver": "Silver"])
    }

    private func asking(owners: [ExactText] = [], packages: [ExactText] = []) throws -> ReportQuery {
        var query = try makeQuery("2024-01-01", "2024-01-31")
        query.owners = owners
        query.packages = packages
        return query
    }

    @Test func ownersThatAreNotThereOrNotToBeSeen() throws {
        let unknown = try refusal(asking(owners: ["north", "nobody"]), tree)
        #expect(unknown.code == "unknown_owner" && unknown.field == "owners" && unknown.message.contains("\"nobody\""))
        let hidden = try refusal(asking(owners: ["south"]), tree, scope: .reseller("north"))
        #expect(hidden.message.replacing("south", with: "nobody") == unknown.message && hidden.code == unknown.code)
        let above = try refusal(asking(owners: ["north"]), tree, scope: .reseller("fjord"))
        #expect(above.message.contains("\"north\""))
        // What the operator owns is not a reseller's business.
        #expect(try refusal(asking(owners: [""]), tree, scope: .reseller("north")).code == "unknown_owner")
    }

    @Test func ownersThatAreThere() throws {
        #expect(try makePlan(asking(), tree).clients.directOwners == nil)
        #expect(try makePlan(asking(owners: ["north"]), tree).clients.directOwners == ["north", "fjord"])
        #expect(try makePlan(asking(owners: ["", "fjord"]), tree).clients.directOwners == ["", "fjord"])
        let north = Scope.reseller("north")
        #expect(try makePlan(asking(), tree, scope: north).clients.directOwners == ["north", "fjord"])
        #expect(try makePlan(asking(owners: ["north"]), tree, scope: north).clients.directOwners == ["north", "fjord"])
        #expect(try makePlan(asking(owners: ["fjord"]), tree, scope: north).clients.directOwners == ["fjord"])
        // A reseller without clients of its own, not yet in the ledger: nothing is visible, and nothing an error.
        #expect(try makePlan(asking(), tree, scope: .reseller("new")).clients.directOwners == ["new"])
    }

    @Test func packagesThatAreNotThereOrNotToBeSeen() throws {
        let unknown = try refusal(asking(packages: ["gold", "none"]), tree)
        #expect(
            unknown.code == "unknown_package" && unknown.field == "packages" && unknown.message.contains("\"none\""))
        let hidden = try refusal(
            asking(packages: ["silver"]), tree, scope: .reseller("north"), packagesInScope: ["gold"])
        #expect(hidden.message.replacing("silver", with: "none") == unknown.message && hidden.code == unknown.code)
        // An id is not a name.
        #expect(try refusal(asking(packages: ["Gold"]), tree).code == "unknown_package")
        let seen = try makePlan(asking(packages: ["gold"]), tree, scope: .reseller("north"), packagesInScope: ["gold"])
        #expect(seen.packages.chosen == ["gold"])
        #expect(try makePlan(asking(packages: ["silver", "gold"]), tree).packages.chosen == ["gold", "silver"])
    }

    @Test func subtreesOfResellers() {
        let owners: [ExactText: ExactText?] = [
            "a": nil, "b": "a", "c": "b", "d": "a", "e": nil, "e\u{301}": "a", "\u{E9}": "e",
        ]
        let tree = ResellerTree(owners.mapValues { .init(name: "Name", owner: $0) })
        #expect(tree.subtree(of: "a") == ["a", "b", "c", "d", "e\u{301}"])
        #expect(tree.subtree(of: "b") == ["b", "c"])
        #expect(tree.subtree(of: "e") == ["e", "\u{E9}"])
        #expect(tree.subtree(of: "unheard of") == ["unheard of"])
    }
}

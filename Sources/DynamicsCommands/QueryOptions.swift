import ArgumentParser
import DynamicsModel

/// The options that make a query, the same for every command that takes one.
struct QueryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Start of the period: a local date or date and time.", valueName: "date"))
    var from: String

    @Option(
        help: ArgumentHelp("End of the period: a local date (included) or date and time (excluded).", valueName: "date")
    )
    var to: String

    @Option(help: ArgumentHelp("An IANA timezone, such as Europe/Kyiv.", valueName: "name"))
    var timezone = "UTC"

    @Option(
        help: ArgumentHelp(
            "year, month, date, package: any of them, separated by commas, in the order of the columns.",
            valueName: "list"))
    var groupBy: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only clients of this type: client, reseller, calling_card or call_shop. May be repeated.",
            valueName: "type"))
    var clientType: [String] = []

    @Option(help: "Only clients with this tag. May be repeated.")
    var tag: [String] = []

    @Option(help: ArgumentHelp("Whether clients need any of the tags or all of them: any, all.", valueName: "mode"))
    var tagMode = "any"

    @Option(
        help: ArgumentHelp(
            "Only clients of the reseller with this id, owned directly or through others; \"\": the operator's own. May be repeated.",
            valueName: "id"))
    var owner: [String] = []

    @Option(help: ArgumentHelp("Only subscribers of the package with this id. May be repeated.", valueName: "id"))
    var package: [String] = []

    @Option(help: ArgumentHelp("The currency of all values. (default: the ledger's base currency)", valueName: "code"))
    var currency: String?

    @Option(
        help: ArgumentHelp(
            "Clients are active when they used paid services within so many months, 1 to 120.", valueName: "n"))
    var activeMonths = 3

    /// What the options say, not read yet.
    var text: QueryText {
        var text = QueryText()
        text.from = from
        text.to = to
        text.timezone = timezone
        text.groupBy = groupBy.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        text.clientTypes = clientType
        text.tags = tag
        text.tagMode = tagMode
        text.owners = owner
        text.packages = package
        text.currency = currency
        text.activeMonths = activeMonths
        return text
    }
}

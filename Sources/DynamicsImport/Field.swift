/// The fields of all kinds of record: columns of a CSV file, members of an NDJSON object.
enum Field: Int, CaseIterable {
    case id, name, type, ownerID, tags, currency, createdAt, closedAt
    case clientID, packageID, startedAt, endedAt
    case at, kind, amount
    case effectiveOn, rate
    case deleted

    var name: String {
        switch self {
        case .id: "id"
        case .name: "name"
        case .type: "type"
        case .ownerID: "owner_id"
        case .tags: "tags"
        case .currency: "currency"
        case .createdAt: "created_at"
        case .closedAt: "closed_at"
        case .clientID: "client_id"
        case .packageID: "package_id"
        case .startedAt: "started_at"
        case .endedAt: "ended_at"
        case .at: "at"
        case .kind: "kind"
        case .amount: "amount"
        case .effectiveOn: "effective_on"
        case .rate: "rate"
        case .deleted: "deleted"
        }
    }
}

/// The fields of one kind of record, in the order of section 1 of `docs/semantics.md`.
struct RecordShape {
    /// What names the record; needed even to remove it.
    let key: [Field]
    /// What a record that stays must have besides.
    let required: [Field]
    /// What may be empty, and hence be missing altogether.
    let optional: [Field]
    let all: [Field]

    private init(key: [Field] = [.id], required: [Field], optional: [Field] = [], order: [Field]? = nil) {
        self.key = key
        self.required = required
        self.optional = optional
        all = (order ?? key + required + optional) + [.deleted]
    }

    static func of(_ kind: RecordKind) -> RecordShape {
        switch kind {
        case .packages: RecordShape(required: [.name])
        case .clients:
            RecordShape(
                required: [.name, .type, .currency, .createdAt], optional: [.ownerID, .tags, .closedAt],
                order: [.id, .name, .type, .ownerID, .tags, .currency, .createdAt, .closedAt])
        case .subscriptions: RecordShape(required: [.clientID, .packageID, .startedAt], optional: [.endedAt])
        case .rates: RecordShape(key: [.currency, .effectiveOn], required: [.rate])
        case .transactions: RecordShape(required: [.clientID, .at, .kind, .amount], optional: [.packageID])
        }
    }

    /// `id, name, deleted`
    var names: String { all.map(\.name).joined(separator: ", ") }
}

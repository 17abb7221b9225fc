import SyncProtocol

/// The reference data that a new installation starts with; from then on it is the centre's to amend.
///
/// Every server seeds the same records under the same ids: the id of a record is the first 16 bytes of SHA-256 over
/// `callcenter/<collection>/<key>`, the key being the record's code, key or date.
public enum Seed {
    /// One record to write.
    public struct Record: Sendable, Hashable {
        /// The collection.
        public let collection: CollectionNumber
        /// The id.
        public let id: RecordID
        /// Values by field number; fields that are left out are null.
        public let values: [FieldNumber: Value]
    }

    /// All records, in a fixed order.
    public static let records: [Record] =
        regions.map { region in
            record(
                Collections.region, "region", region.code,
                [
                    .text(region.code), .text(region.name), .text(region.bpsCode), .text(region.bsniCode),
                    region.seat.map { .text($0) } ?? .null, .integer(Int64(region.population)),
                ])
        }
        + agencies.map { agency in
            record(Collections.agency, "agency", agency.code, [.text(agency.code), .text(agency.name), .bool(true)])
        }
        + categories.enumerated().map { position, category in
            record(
                Collections.category, "category", category.key,
                [.text(category.key), .text(category.name), .text(category.nameEnglish), .integer(Int64(position + 1))])
        }
        + offices.map { office in
            record(
                Collections.office, "office", office.code,
                [.text(office.code), .text(office.name), .text(office.region), .text(office.code)])
        }
        + Holiday.shipped.map { holiday in
            record(
                Collections.holiday, "holiday", holiday.day.description,
                [
                    .text(holiday.day.description), .text(holiday.name), .text(holiday.kind.rawValue),
                    .text(holiday.nameEnglish),
                ])
        }
        + deadlineRules.map { rule in
            record(
                Collections.deadlineRule, "deadline_rule", rule.key,
                [
                    .text(rule.key), .text(rule.stage.rawValue), text(rule.caseClass?.rawValue),
                    .text(rule.start.rawValue), .integer(Int64(rule.amount)), .text(rule.unit.rawValue),
                    .integer(Int64(rule.extension)), .text(rule.regulation), text(rule.validFrom?.description),
                    text(rule.validUntil?.description), .text(rule.source),
                ])
        }

    /// The id of a record of reference data.
    public static func id(collection: String, key: String) -> RecordID {
        let hash = SHA256.hash(Array("\(CallCenterSchema.name)/\(collection)/\(key)".utf8))
        return RecordID(bytes: hash.prefix(16)) ?? RecordID(high: 0, low: 0)
    }

    private typealias Collections = CallCenterSchema.Collections

    /// A record whose fields 1, 2, 3… are the values.
    private static func record(
        _ collection: CollectionNumber, _ name: String, _ key: String, _ values: [Value]
    ) -> Record {
        let numbered = values.enumerated().filter { $1 != .null }.map { ($0 + 1, $1) }
        return Record(
            collection: collection, id: id(collection: name, key: key),
            values: Dictionary(uniqueKeysWithValues: numbered))
    }

    private static func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
}

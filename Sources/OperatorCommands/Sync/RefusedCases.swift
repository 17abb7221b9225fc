import CommandFrame
import OfflineClient
import SyncProtocol

/// The refused changes of a device by the cases that they belong to.
struct RefusedCases {
    /// One record with refused changes, and its case.
    struct Item {
        let change: RefusedChange
        let caseID: RecordID
        let ticket: String
    }

    let items: [Item]

    init(_ workplace: Workplace) throws {
        items = try workplace.client.refusedChanges().map { change in
            var caseID = change.record
            if change.collection != "cases",
                let parent = try workplace.client.read(change.collection, change.record)?["case_id"].recordID
            {
                caseID = parent
            }
            let ticket = try workplace.client.read("cases", caseID)?.ticket ?? caseID.description
            return Item(change: change, caseID: caseID, ticket: ticket)
        }
    }

    /// The records of a case that have refused changes, the earliest written first.
    func records(of caseID: RecordID) throws -> [RecordID] {
        var records: [RecordID] = []
        for item in items where item.caseID == caseID && !records.contains(item.change.record) {
            records.append(item.change.record)
        }
        guard !records.isEmpty else { throw ClientError.notRefused(caseID) }
        return records
    }

    /// A change in words: which case, what, and why it was refused.
    static func words(_ item: Item) -> Words {
        let name = CollectionWords.of(item.change.collection)
        let reason = item.change.reason.words
        let field = item.change.field
        let place = field.isEmpty ? Words(id: "", en: "") : CaseColumns.list([field])
        let mark = field.isEmpty ? "" : ": "
        return Words(
            id: "\(name.id) \(item.ticket): \(place.id)\(mark)\(reason.id)",
            en: "\(name.en) \(item.ticket): \(place.en)\(mark)\(reason.en)")
    }
}

import CallCenter
import CentralServer
import SyncProtocol
import SyncStore

/// Brings the reference data that this program ships into the centre's data.
enum ReferenceData {
    /// Who writes it, in the name of the program.
    static let operatorName = "sambung-server"

    /// Writes the records that are missing, and the fields that a former version of this program wrote otherwise; what
    /// the centre itself has amended or deleted stays.
    ///
    /// - Returns: how many records changed.
    @discardableResult
    static func bring(into data: CentralData) throws -> Int {
        let schema = data.server.schema
        let news = try data.storage.read { snapshot in
            try Seed.records.compactMap { record -> (collection: String, id: RecordID, fields: [String: Value])? in
                guard let collection = schema[record.collection] else { return nil }
                let held = try snapshot.record(record.collection, record.id)?.state
                if held?.isDeleted ?? false { return nil }
                let fields = record.values.filter { number, _ in
                    held.map { $0.versions.write(of: number).operator == operatorName } ?? true
                }
                let named = fields.compactMap { number, value in collection[number].map { ($0.name, value) } }
                return named.isEmpty ? nil : (collection.name, record.id, Dictionary(uniqueKeysWithValues: named))
            }
        }
        let changed = try data.server.put(news, operator: operatorName)
        let known = Set(try data.storage.read { try $0.offices() }.map(\.code))
        for office in Seed.offices where !known.contains(office.code) {
            try data.server.save(OfficeEntry(code: office.code, name: office.name))
        }
        return changed
    }
}

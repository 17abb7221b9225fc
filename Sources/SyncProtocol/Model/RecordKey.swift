/// Which record it is.
public struct RecordKey: Sendable, Hashable {
    /// Its collection.
    public let collection: CollectionNumber
    /// Its id.
    public let record: RecordID

    /// Names a record.
    public init(collection: CollectionNumber, record: RecordID) {
        self.collection = collection
        self.record = record
    }
}

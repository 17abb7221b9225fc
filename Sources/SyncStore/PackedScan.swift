import SQLite

extension RecordStore {
    /// Visits the records without a row in a table of their own, deleted ones among them, in the order of their keys.
    ///
    /// - Parameter body: gets a row that is decoded only as far as it is asked, and says whether to go on.
    public func scanPacked(_ body: (RowCursor) throws -> Bool) throws {
        let select = try connection.statement("SELECT seq, collection, id, fields, _sync FROM _packed ORDER BY seq")
        defer { select.reset() }
        while try select.step() {
            guard try body(RowCursor(select, nil)) else { return }
        }
    }
}

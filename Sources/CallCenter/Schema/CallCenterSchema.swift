import SyncProtocol

/// What the call centre stores.
///
/// Number 1 is the conflict log, which the core adds. References to reference data are the codes that people know
/// (`18.04`, `DINKES`, `health`), so that a table can be read without a join; children name their case by its id.
/// A number is never used again: a later version only adds.
public enum CallCenterSchema {
    /// The name of the application.
    public static let name = "callcenter"
    /// The version of the schema.
    public static let version = 1

    /// The schema of this version.
    public static var schema: Schema {
        get throws(SchemaError) { try checked.get() }
    }

    /// The numbers of the collections.
    public enum Collections {
        /// Regencies and cities.
        public static let region: CollectionNumber = 2
        /// Agencies of the province.
        public static let agency: CollectionNumber = 3
        /// Fields of complaint.
        public static let category: CollectionNumber = 4
        /// Offices of the call centre.
        public static let office: CollectionNumber = 5
        /// Holidays and joint leave.
        public static let holiday: CollectionNumber = 6
        /// Deadlines as the law sets them.
        public static let deadlineRule: CollectionNumber = 7
        /// Cases (`case` is a word of SQL).
        public static let cases: CollectionNumber = 8
        /// To whom a case was passed on.
        public static let disposition: CollectionNumber = 9
        /// Notes and follow-ups.
        public static let note: CollectionNumber = 10
        /// Every move of a case.
        public static let statusChange: CollectionNumber = 11
        /// What the reporter thought of the answer.
        public static let feedback: CollectionNumber = 12
    }

    private static let checked = Result { () throws(SchemaError) in
        try Schema(name: name, version: version, collections: referenceCollections + [cases] + childCollections)
    }
}

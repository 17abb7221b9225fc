/// Every limit of the protocol, in one place.
///
/// What is over one is refused by name.
public enum Limits {
    /// The longest text or bytes value that a replica can write, in bytes: 1 MiB.
    public static let valueBytes = 1 << 20
    /// The largest change or record on the wire, in bytes: 4 MiB.
    public static let recordBytes = 4 << 20
    /// The most fields that one record can have.
    public static let fieldsPerRecord = 512
    /// The longest name of an operator, in bytes.
    public static let operatorBytes = 128
    /// The most changes in one push.
    public static let changesPerPush = 10_000
    /// The greatest number of a change, of an event or of an entry of the audit log: 2⁵³, far from where counting on from
    /// it would overflow.
    public static let number = 1 << 53
    /// The largest message, in bytes, before content coding: 16 MiB.
    public static let messageBytes = 16 << 20
    /// The size in bytes at which a sender closes a page of a push or a pull: 512 KiB.
    ///
    /// The last record may run over it.
    public static let pageBytes = 512 << 10
    /// How deep arrays and maps of a message may nest.
    public static let depth = 8
    /// The longest cursor, in bytes.
    public static let cursorBytes = 64
    /// How far a version may lie ahead of the server's clock, in milliseconds: 5 minutes.
    public static let clockTolerance: Int64 = 5 * 60 * 1000

    /// The name and version of a replica's program, in bytes of UTF-8.
    public static let programBytes = 64

    /// Events that one request tells, at most.
    public static let eventsPerRequest = 100

    /// Bits that name a bucket of a comparison, at most.
    public static let bucketBits = 12

    /// Damaged records that a server asks for in one answer, at most.
    public static let wantsPerAnswer = 100

    /// Records that one request asks for in a repair, at most.
    public static let wantsPerRequest = 10_000
}

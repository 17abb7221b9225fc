/// The digests of a set of records by bucket, by which two sides narrow a difference down.
///
/// A record belongs to the bucket that the first bits of ``RecordKey/hash`` name.
public struct BucketDigests: Sendable, Hashable {
    /// How many bits name a bucket, 0 to ``Limits/bucketBits``.
    public let bits: Int
    /// The sum of the digests of each bucket's records, modulo 2⁶⁴.
    public private(set) var sums: [UInt64]

    /// Makes the digests of no records.
    public init(bits: Int) {
        self.bits = min(max(bits, 0), Limits.bucketBits)
        sums = Array(repeating: 0, count: 1 << self.bits)
    }

    /// The bits for a number of records: about a hundred records share a bucket, so that the digests and the list of one
    /// bucket together are short.
    public static func bits(forRecords count: Int) -> Int {
        var bits = 0
        while bits < Limits.bucketBits, count >> bits > 128 { bits += 1 }
        return bits
    }

    /// The bucket of a record.
    public func bucket(of key: RecordKey) -> Int { Self.bucket(of: key, bits: bits) }

    /// The bucket of a record among 2 to the power of `bits`.
    public static func bucket(of key: RecordKey, bits: Int) -> Int {
        bits == 0 ? 0 : Int(key.hash >> UInt64(64 - bits))
    }

    /// Counts a record.
    public mutating func add(_ digest: UInt64, of key: RecordKey) { sums[bucket(of: key)] &+= digest }
}

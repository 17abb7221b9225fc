extension RecordState {
    /// The digest of the record: the sum modulo 2⁶⁴ of a hash of each field; 0 for a deleted record.
    ///
    /// Counted are field 0 and every field that is not null or was written after the record was made. The hash of a
    /// field is XXH64 of its encoded value, seeded by XXH64 of version and field number, seeded by XXH64 of collection
    /// and id. The digest of a set of records is the sum of theirs, so that it is kept up to date by adding and
    /// subtracting, in any order.
    public var digest: UInt64 { isDeleted ? 0 : digestOfAll }

    /// The digest as if deleted records counted too: with field 0 as it is.
    public var digestOfAll: UInt64 {
        let seed = key.hash
        var sum = isDeleted ? 0 : Self.hash(.deleted, .false, versions.version(of: .deleted), seed: seed)
        values.visit { field, value in
            sum &+= Self.hash(field, value.bytes, versions.version(of: field), seed: seed)
        }
        for write in versions.later {
            for field in write.fields where field != .deleted && !values.names(field) {
                sum &+= Self.hash(field, .null, write.version, seed: seed)
            }
        }
        return sum
    }

    private static func hash(
        _ field: FieldNumber, _ value: EncodedValue, _ version: Version, seed: UInt64
    ) -> UInt64 {
        value.bytes.withUnsafeBytes { hash(field, $0, version, seed: seed) }
    }

    private static func hash(
        _ field: FieldNumber, _ value: UnsafeRawBufferPointer, _ version: Version, seed: UInt64
    ) -> UInt64 {
        let writeSeed = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { buffer in
            buffer.storeBytes(of: version.time.rawValue.bigEndian, toByteOffset: 0, as: UInt64.self)
            buffer.storeBytes(of: version.replica.rawValue.bigEndian, toByteOffset: 8, as: UInt32.self)
            buffer.storeBytes(of: UInt32(truncatingIfNeeded: field).bigEndian, toByteOffset: 12, as: UInt32.self)
            return XXHash64.hash(UnsafeRawBufferPointer(buffer), seed: seed)
        }
        return XXHash64.hash(value, seed: writeSeed)
    }
}

extension RecordState {
    /// Which record it is.
    public var key: RecordKey { RecordKey(collection: collection, record: record) }
}

extension RecordKey {
    /// XXH64 of collection (8 bytes) and id, big-endian, with seed 0.
    public var hash: UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { buffer in
            buffer.storeBytes(of: UInt64(collection).bigEndian, toByteOffset: 0, as: UInt64.self)
            buffer.storeBytes(of: record.high.bigEndian, toByteOffset: 8, as: UInt64.self)
            buffer.storeBytes(of: record.low.bigEndian, toByteOffset: 16, as: UInt64.self)
            return XXHash64.hash(UnsafeRawBufferPointer(buffer), seed: 0)
        }
    }
}

/// The chain over the numbered changes of a replica, by which a restored or copied replica is noticed.
public enum ChangeChain {
    /// The hash after one more change: XXH64 of its bytes on the wire, seeded with the hash before.
    ///
    /// It starts at 0.
    public static func next(after hash: UInt64, _ change: ArraySlice<UInt8>) -> UInt64 {
        XXHash64.hash(change, seed: hash)
    }
}

/// The versions of a record's fields, by write: one write that made the record, and those that came later.
///
/// A store keeps this in one packed column of the record's row.
public struct RecordVersions: Hashable, Sendable {
    /// One write and the fields that still carry it.
    public struct Write: Hashable, Sendable {
        /// Who wrote, and when.
        public var version: Version
        /// The version that the writer had seen of these fields; ``Version/none`` where it had seen none.
        public var base: Version
        /// The operator's name, empty where nobody is named.
        public var `operator`: String
        /// The place of the write in the server's order; 0 at a client.
        public var sequence: Int64
        /// The fields, ascending; none for the first write, which holds for every field that no other one names.
        public var fields: [FieldNumber]

        /// Makes a write.
        public init(
            version: Version, base: Version = .none, operator: String = "", sequence: Int64 = 0,
            fields: [FieldNumber] = []
        ) {
            self.version = version
            self.base = base
            self.operator = `operator`
            self.sequence = sequence
            self.fields = fields
        }
    }

    /// The write that made the record.
    ///
    /// Every field that no other write names has its version.
    public var creation: Write
    /// The later writes, ordered by version, then by base; none of them without fields.
    public private(set) var later: [Write]

    /// The versions of a record that was just made.
    public init(creation: Write) {
        self.creation = creation
        later = []
    }

    /// The write that a field carries.
    public func write(of field: FieldNumber) -> Write {
        for write in later where write.fields.contains(field) { return write }
        return creation
    }

    /// The version that a field carries.
    public func version(of field: FieldNumber) -> Version {
        for write in later where write.fields.contains(field) { return write.version }
        return creation.version
    }

    /// Whether a field was written after the record was made.
    public func isLater(_ field: FieldNumber) -> Bool { later.contains { $0.fields.contains(field) } }

    /// Gives every write another place in the server's order, so that all of the record is told to all again.
    public mutating func tellAgain(at sequence: Int64) {
        creation.sequence = sequence
        for index in later.indices { later[index].sequence = sequence }
    }

    /// Lets a field carry another write; of `write` everything but its fields is used.
    public mutating func set(_ field: FieldNumber, to write: Write) {
        for index in later.indices {
            if let place = later[index].fields.firstIndex(of: field) {
                later[index].fields.remove(at: place)
                if later[index].fields.isEmpty { later.remove(at: index) }
                break
            }
        }
        if let index = later.firstIndex(where: { $0.version == write.version && $0.base == write.base }) {
            later[index].sequence = write.sequence
            let place = later[index].fields.firstIndex { $0 > field } ?? later[index].fields.endIndex
            later[index].fields.insert(field, at: place)
        } else {
            var write = write
            write.fields = [field]
            let place = later.firstIndex { ($0.version, $0.base) > (write.version, write.base) } ?? later.endIndex
            later.insert(write, at: place)
        }
    }

    /// Whether one of the writes, the creation or a later one, is as asked for.
    @inlinable public func contains(where isMatch: (Write) throws -> Bool) rethrows -> Bool {
        try isMatch(creation) || later.contains(where: isMatch)
    }

    /// The greatest version of any field.
    public var greatest: Version { later.reduce(creation.version) { max($0, $1.version) } }

    /// The versions as the base of a change to come.
    public var base: Base {
        // Writes that differ by base alone are one entry: a base tells versions only.
        var seen = [Base.Seen(version: creation.version, fields: [])]
        for write in later {
            if let last = seen.last, seen.count > 1, last.version == write.version {
                seen[seen.count - 1] = Base.Seen(version: last.version, fields: (last.fields + write.fields).sorted())
            } else {
                seen.append(Base.Seen(version: write.version, fields: write.fields))
            }
        }
        return Base(seen: seen)
    }
}

// MARK: The packed column

extension RecordVersions {
    /// Appends the packed form: for each write, creation first, its time (8 bytes, big-endian), then as LEB128 replica,
    /// sequence, base time (0 for none; followed by the base replica), length of the operator's name with the name,
    /// count of fields with the fields.
    public func pack(to bytes: inout [UInt8]) {
        pack(creation, to: &bytes)
        for write in later { pack(write, to: &bytes) }
    }

    private func pack(_ write: Write, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: write.version.time.rawValue.bigEndian) { bytes.append(contentsOf: $0) }
        Varint.append(UInt64(write.version.replica.rawValue), to: &bytes)
        Varint.append(UInt64(bitPattern: write.sequence), to: &bytes)
        Varint.append(write.base.time.rawValue, to: &bytes)
        if write.base.time.rawValue != 0 { Varint.append(UInt64(write.base.replica.rawValue), to: &bytes) }
        Varint.append(UInt64(write.operator.utf8.count), to: &bytes)
        bytes.append(contentsOf: write.operator.utf8)
        Varint.append(UInt64(write.fields.count), to: &bytes)
        for field in write.fields { Varint.append(UInt64(field), to: &bytes) }
    }

    /// Reads the packed form back.
    ///
    /// - Throws: ``ProtocolError`` where the bytes are not one: the row is damaged.
    public init(unpacking bytes: ArraySlice<UInt8>) throws(ProtocolError) {
        self = try bytes.withUnsafeBytes { buffer in
            Result { () throws(ProtocolError) in try Self(unpacking: buffer) }
        }.get()
    }

    /// Reads the packed form back.
    package init(unpacking bytes: UnsafeRawBufferPointer) throws(ProtocolError) {
        var position = 0
        creation = try Self.unpackWrite(bytes, &position)
        later = []
        while position < bytes.count { later.append(try Self.unpackWrite(bytes, &position)) }
        guard creation.fields.isEmpty, later.allSatisfy({ !$0.fields.isEmpty }) else {
            throw ProtocolError(.invalid, at: position, "the packed versions are damaged")
        }
    }

    private static func unpackWrite(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(ProtocolError) -> Write {
        guard bytes.count - position >= 8 else {
            throw ProtocolError(.truncated, at: position, "the packed versions are damaged")
        }
        let time = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        position += 8
        guard time <= UInt64(Int64.max) else {
            throw ProtocolError(.invalid, at: position, "the packed versions are damaged")
        }
        let replica = try Varint.read(bytes, &position, limit: UInt64(UInt32.max))
        let sequence = try Varint.read(bytes, &position, limit: UInt64(Int64.max))
        let baseTime = try Varint.read(bytes, &position, limit: UInt64(Int64.max))
        let baseReplica = baseTime == 0 ? 0 : try Varint.read(bytes, &position, limit: UInt64(UInt32.max))
        let length = Int(try Varint.read(bytes, &position, limit: UInt64(Limits.operatorBytes)))
        guard bytes.count - position >= length else {
            throw ProtocolError(.truncated, at: position, "the packed versions are damaged")
        }
        let name = try unpackName(UnsafeRawBufferPointer(rebasing: bytes[position..<position + length]))
        position += length
        let count = Int(try Varint.read(bytes, &position, limit: UInt64(Limits.fieldsPerRecord + 1)))
        var fields: [FieldNumber] = []
        for _ in 0..<count { fields.append(Int(try Varint.read(bytes, &position, limit: UInt64(Int32.max)))) }
        return Write(
            version: Version(
                time: HybridTimestamp(rawValue: time), replica: ReplicaID(rawValue: UInt32(replica))),
            base: Version(
                time: HybridTimestamp(rawValue: baseTime), replica: ReplicaID(rawValue: UInt32(baseReplica))),
            operator: name, sequence: Int64(sequence), fields: fields)
    }

    private static func unpackName(_ bytes: UnsafeRawBufferPointer) throws(ProtocolError) -> String {
        if bytes.isEmpty { return "" }
        guard Text.isUTF8(bytes) else {
            throw ProtocolError(.notText, at: 0, "the packed versions are damaged")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Unsigned LEB128, in the packed column only; the wire is CBOR.
public enum Varint {
    /// Appends a number, seven bits a byte, the lowest first.
    public static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Reads a number of at most `limit`.
    public static func read(
        _ bytes: ArraySlice<UInt8>, _ position: inout Int, limit: UInt64
    ) throws(ProtocolError) -> UInt64 {
        let start = bytes.startIndex
        position -= start
        defer { position += start }
        return try bytes.withUnsafeBytes { buffer in
            Result { () throws(ProtocolError) in try read(buffer, &position, limit: limit) }
        }.get()
    }

    /// Reads a number of at most `limit`.
    package static func read(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, limit: UInt64
    ) throws(ProtocolError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                guard value <= limit else { break }
                return value
            }
            shift += 7
            guard shift < 63 else { break }
        }
        throw ProtocolError(.invalid, at: position, "a number of the packed form is damaged")
    }
}

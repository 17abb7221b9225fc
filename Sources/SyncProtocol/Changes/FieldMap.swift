/// Fields with their values, ascending by number: the pairs of a CBOR map as they stand on the wire, usually within the
/// message that they came in, and where each of them lies.
///
/// What is only passed on is copied as a whole, and what a store writes is bound where it lies: no field of a record
/// has memory of its own.
public struct FieldMap: Sendable {
    /// The pairs, each a number and a value, without the head of the map.
    public let bytes: ArraySlice<UInt8>
    private let places: [Place]

    /// Where a field's value lies, counted from the start of ``bytes``.
    ///
    /// Its number lies before it, behind the value of the field before.
    struct Place: Sendable {
        let number: Int32
        let start: UInt32
        let end: UInt32
    }

    /// No fields.
    public init() { self.init(bytes: [], places: []) }

    /// Makes a map of fields, which are put in order.
    public init(_ fields: some Sequence<FieldValue>) {
        var builder = Builder(capacity: 64)
        for field in fields.sorted(by: { $0.field < $1.field }) { builder.append(field) }
        self = builder.map
    }

    /// - Parameter bytes: well-formed pairs in ascending order, in which the places were found.
    init(bytes: ArraySlice<UInt8>, places: [Place]) {
        self.bytes = bytes
        self.places = places
    }

    /// Puts a map together, field by field.
    package struct Builder {
        package var writer: CBORWriter
        private var places: [Place] = []
        private var start = 0

        package init(capacity: Int, fields: Int = 16) {
            writer = CBORWriter(capacity: capacity)
            places.reserveCapacity(fields)
        }

        /// Starts a field, whose number is greater than every one before; its value is then to be written.
        package mutating func begin(_ number: FieldNumber) {
            writer.write(number)
            start = writer.bytes.count
        }

        /// Ends the field of that number.
        package mutating func end(_ number: FieldNumber) {
            places.append(
                Place(
                    number: Int32(truncatingIfNeeded: number), start: UInt32(truncatingIfNeeded: start),
                    end: UInt32(truncatingIfNeeded: writer.bytes.count)))
        }

        /// Adds a field whose number is greater than every one before.
        package mutating func append(_ field: FieldValue) {
            begin(field.field)
            writer.write(encoded: field.value.bytes)
            end(field.field)
        }

        /// Adds pairs as they lie elsewhere, whose numbers are greater than every one before.
        fileprivate mutating func append(_ bytes: ArraySlice<UInt8>, _ found: ArraySlice<Place>, movedBy distance: Int)
        {
            writer.write(encoded: bytes)
            for place in found {
                places.append(
                    Place(
                        number: place.number, start: UInt32(truncatingIfNeeded: Int(place.start) + distance),
                        end: UInt32(truncatingIfNeeded: Int(place.end) + distance)))
            }
        }

        /// What was put together.
        package var map: FieldMap { FieldMap(bytes: writer.bytes[...], places: places) }
    }

    // MARK: Looking

    /// The value of a field; nil where the map does not name it.
    public func value(of number: FieldNumber) -> EncodedValue? {
        for place in places where place.number >= number { return place.number == number ? value(at: place) : nil }
        return nil
    }

    /// Whether the map names a field.
    public func names(_ number: FieldNumber) -> Bool {
        for place in places where place.number >= number { return place.number == number }
        return false
    }

    /// Lends each field's number and value in turn, ascending.
    package func visit(_ body: (FieldNumber, BorrowedValue) throws -> Void) rethrows { try lend { try $0.visit(body) } }

    /// Lends the fields; their values can be read where they lie until `body` returns.
    package func lend<T>(_ body: (Lent) throws -> T) rethrows -> T {
        try bytes.withUnsafeBytes { try body(Lent(bytes: $0, places: places)) }
    }

    /// Fields that are lent.
    package struct Lent {
        let bytes: UnsafeRawBufferPointer
        let places: [Place]

        /// Gives each field's number and value in turn, ascending.
        package func visit(_ body: (FieldNumber, BorrowedValue) throws -> Void) rethrows {
            for place in places {
                let value = UnsafeRawBufferPointer(rebasing: bytes[Int(place.start)..<Int(place.end)])
                try body(Int(place.number), BorrowedValue(value))
            }
        }
    }

    private func value(at place: Place) -> EncodedValue {
        EncodedValue(checked: bytes[bytes.startIndex + Int(place.start)..<bytes.startIndex + Int(place.end)])
    }

    // MARK: Changing

    /// The map with another value for a field, or without it.
    ///
    /// What stands before and behind it is copied as it is.
    func with(_ value: EncodedValue?, for number: FieldNumber) -> FieldMap {
        let index = places.firstIndex { $0.number >= number } ?? places.endIndex
        let isNamed = index < places.endIndex && places[index].number == number
        let start = index == 0 ? 0 : Int(places[index - 1].end)
        let end = isNamed ? Int(places[index].end) : start
        var builder = Builder(capacity: bytes.count + (value?.bytes.count ?? 0) + 16, fields: count + 1)
        builder.append(bytes.prefix(start), places[..<index], movedBy: 0)
        if let value { builder.append(FieldValue(number, value)) }
        let rest = places[(isNamed ? index + 1 : index)...]
        builder.append(bytes.dropFirst(end), rest, movedBy: builder.writer.bytes.count - end)
        return builder.map
    }

    // MARK: A map by itself

    /// The map as one CBOR item, as a store keeps it in one column.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: bytes.count + 4)
        writer.write(self)
        return writer.bytes
    }

    /// Reads a map that fills the bytes.
    public init(decoding bytes: [UInt8]) throws(ProtocolError) {
        var reader = CBORReader(bytes)
        self = try reader.readFields()
        try reader.finish()
    }
}

extension FieldMap: RandomAccessCollection {
    /// The first field's index: 0.
    public var startIndex: Int { 0 }
    /// The index after the last field.
    public var endIndex: Int { places.count }
    /// The field at an index, in ascending order.
    public subscript(position: Int) -> FieldValue {
        FieldValue(Int(places[position].number), value(at: places[position]))
    }
}

extension FieldMap: Hashable {
    /// Whether both hold the same values for the same fields.
    public static func == (left: FieldMap, right: FieldMap) -> Bool { left.bytes == right.bytes }
    /// Hashes the encoding.
    public func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
}

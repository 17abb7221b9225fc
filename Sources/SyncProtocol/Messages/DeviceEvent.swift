/// Something that was done with personal data at a device, for the server's audit log.
///
/// No personal value is in it.
public struct DeviceEvent: Hashable, Sendable {
    /// Its number at the device; they ascend.
    public var number: Int64
    /// When, on the device's clock in milliseconds since 1970.
    public var time: Int64
    /// What, such as `personal-shown`.
    public var name: String
    /// Of what, such as a ticket's number.
    public var subject: String
    /// Who did it.
    public var `operator`: String
    /// More about it.
    public var detail: String

    /// Makes an event; texts that are too long are cut.
    public init(number: Int64, time: Int64, name: String, subject: String, operator: String, detail: String = "") {
        self.number = number
        self.time = time
        self.name = Text.cut(name, toBytes: Limits.operatorBytes)
        self.subject = Text.cut(subject, toBytes: Limits.operatorBytes)
        self.operator = Text.cut(`operator`, toBytes: Limits.operatorBytes)
        self.detail = Text.cut(detail, toBytes: Limits.operatorBytes)
    }

    func encode(to writer: inout CBORWriter) {
        writer.writeArray(6)
        writer.write(number)
        writer.write(time)
        for text in [name, subject, `operator`, detail] { writer.write(text) }
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        guard try reader.readArray(limit: 6) == 6 else {
            throw ProtocolError(.invalid, at: start, "an event has six parts")
        }
        number = try reader.readNumber()
        time = try reader.readWallTime()
        name = try reader.readText(limit: Limits.operatorBytes)
        subject = try reader.readText(limit: Limits.operatorBytes)
        `operator` = try reader.readText(limit: Limits.operatorBytes)
        detail = try reader.readText(limit: Limits.operatorBytes)
    }
}

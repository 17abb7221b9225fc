import SyncProtocol

/// What the server reads of its accounts, which are kept apart from the records and do not go back in time with them.
public protocol AccountSnapshot {
    /// The device whose credential has that hash.
    func device(credentialHash: [UInt8]) throws -> DeviceEntry?
    /// A device by its id.
    func device(_ id: Int64) throws -> DeviceEntry?
    /// The enrolment code with that hash.
    func code(hash: [UInt8]) throws -> CodeEntry?
    /// All offices, by code.
    func offices() throws -> [OfficeEntry]
    /// An office by its code.
    func office(_ code: String) throws -> OfficeEntry?
    /// All devices, by id.
    func devices() throws -> [DeviceEntry]
    /// How many enrolment codes were ever made for an office, with those that a restore may have forgotten.
    func codesMade(office: String) throws -> Int
    /// A setting of the centre; nil where it was never set.
    func setting(_ name: String) throws -> Int64?
}

/// What the server writes of its accounts, in a transaction that writes no records.
public protocol AccountTransaction: AccountSnapshot {
    /// Gives a device the next replica number, which nobody had.
    func takeReplicaNumber(for device: Int64) throws -> ReplicaID
    /// Lets the next replica number be so much greater.
    func skipReplicaNumbers(_ count: Int64) throws
    /// Stores an office, new or known.
    func save(_ office: OfficeEntry) throws
    /// Adds a device and returns its id.
    func add(_ device: DeviceEntry) throws -> Int64
    /// Stores a known device's name and when it was revoked.
    func save(_ device: DeviceEntry) throws
    /// Stores a code, new or known.
    func save(_ code: CodeEntry) throws
    /// Stores a setting of the centre.
    func set(_ name: String, to value: Int64) throws
}

/// A branch office.
public struct OfficeEntry: Sendable, Hashable {
    /// Its code.
    public var code: String
    /// Its name.
    public var name: String
    /// What scope rules look at beside the code: its `role`, and for example its `agency`.
    public var attributes: [String: String]

    /// The role of an office that names none.
    public static let usualRole = "office"

    /// Makes an office.
    public init(code: String, name: String, attributes: [String: String] = [:]) {
        self.code = code
        self.name = name
        self.attributes = attributes
    }
}

/// A device that was enrolled.
public struct DeviceEntry: Sendable, Hashable {
    /// Its id; 0 before it is added.
    public var id: Int64
    /// The code of its office.
    public var office: String
    /// Its name, for people.
    public var name: String
    /// What the centre tells its application.
    public var profile: [String: String]
    /// SHA-256 of its secret.
    public var credentialHash: [UInt8]
    /// When it was enrolled, in milliseconds since 1970.
    public var enrolledAt: Int64
    /// When it was revoked.
    public var revokedAt: Int64?
}

/// An enrolment code.
public struct CodeEntry: Sendable, Hashable {
    /// SHA-256 of the code without hyphens.
    public var hash: [UInt8]
    /// The office that it enrols for.
    public var office: String
    /// The name of the device that it was made for.
    public var name: String
    /// What the centre tells the device's application.
    public var profile: [String: String]
    /// When it ceases to work, in milliseconds since 1970.
    public var expiresAt: Int64
    /// The device that used it.
    public var usedBy: Int64?
}

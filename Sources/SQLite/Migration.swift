/// One step of a file's format.
///
/// Once released it is never changed: a new step follows it.
public struct Migration: Sendable {
    /// The format after this step: 1 or more, rising from step to step; kept in `user_version`.
    public let version: Int
    let apply: @Sendable (Connection) throws -> Void

    /// A step that runs SQL.
    public init(version: Int, sql: String) {
        self.init(version: version) { connection in try connection.execute(sql) }
    }

    /// A step that runs code.
    public init(version: Int, apply: @escaping @Sendable (Connection) throws -> Void) {
        self.version = version
        self.apply = apply
    }
}

/// An SQL text that is used again and again: made once, and prepared once on each connection.
public final class Query: Sendable {
    /// The text: one statement.
    public let sql: String

    /// Keeps a text.
    public init(_ sql: String) { self.sql = sql }
}

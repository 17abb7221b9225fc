import CallCenter
import CommandFrame
import SyncProtocol

/// The person at the centre's keyboard, as the system knows them.
enum Operator {
    static var name: String {
        Text.cut(
            ServerEnvironment.value("SUDO_USER") ?? ServerEnvironment.value("USER") ?? "centre",
            toBytes: Limits.operatorBytes)
    }
}

/// Moments as people read them.
enum Moment {
    /// For tables; a dash for never.
    static func short(_ milliseconds: Int64?) -> String {
        guard let milliseconds, milliseconds > 0 else { return "–" }
        return WIB.short(milliseconds, in: Speech.current == .indonesian ? .indonesian : .english)
    }

    /// For programs; null for never.
    static func json(_ milliseconds: Int64?) -> JSON {
        guard let milliseconds, milliseconds > 0 else { return .null }
        return .integer(milliseconds)
    }
}

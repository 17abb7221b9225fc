import CallCenter
import CommandFrame
import Glibc
import SyncProtocol

/// The person at the centre's keyboard, as the system knows them.
enum Operator {
    /// The name of the account that runs this, or of the one that called sudo.
    ///
    /// What the environment says is believed of the superuser alone, who could write the database directly.
    static var name: String {
        let caller = getuid() == 0 ? ServerEnvironment.value("SUDO_UID").flatMap { uid_t($0) } : nil
        let account = caller ?? getuid()
        let name = getpwuid(account).map { String(cString: $0.pointee.pw_name) }
        return Text.cut(name ?? "user \(account)", toBytes: Limits.operatorBytes)
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

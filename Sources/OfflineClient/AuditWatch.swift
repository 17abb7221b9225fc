import SQLite
import SyncProtocol

/// What this replica, as a witness, found wrong with the centre's audit log.
public enum AuditAlarm: Int64, Sendable, CaseIterable {
    /// It has fewer entries than it had.
    case shortened = 1
    /// It has other entries than it had.
    case rewritten = 2
}

extension Standing {
    /// The last head of the centre's audit log.
    var head: AuditHead? { try? AuditHead(auditHead[...]) }

    /// An earlier head that the centre is still to be shown.
    var oldHead: AuditHead? { try? AuditHead(auditOld[...]) }

    /// Compares the head of an answer with the last one, and keeps it where it follows on.
    ///
    /// - Parameter shown: what the request showed.
    /// - Returns: what is wrong.
    mutating func watch(_ answer: SyncAnswer, shown: AuditHead?) -> AuditAlarm? {
        var alarm: AuditAlarm?
        if let held = head, let told = answer.auditHead {
            if told.count < held.count {
                alarm = .shortened
            } else if told.count == held.count, told != held {
                alarm = .rewritten
            }
        }
        if answer.auditDiffers { alarm = .rewritten }
        if let shown, shown == oldHead { auditOld = [] }
        // A head that contradicts the one held here is not taken: it is reported until the log has grown beyond.
        let follows = alarm == nil || answer.auditDiffers
        if follows, let news = answer.auditHead, news != head, news != .empty {
            // The head that was held is shown to the centre with the next request: is it still part of the log?
            if let held = head, !answer.auditDiffers { auditOld = held.bytes }
            auditHead = news.bytes
        }
        if let alarm { auditAlarm = alarm.rawValue }
        return alarm
    }
}

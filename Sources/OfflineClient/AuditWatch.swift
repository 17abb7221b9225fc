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

    /// The mark to show with a request, or nil to be told the whole head: four bytes can be forged, so that is asked for
    /// once a day, by the first requests.
    ///
    /// Those of a day's first hour are among them, for the sync before may have been asked on the day before.
    ///
    /// - Parameters:
    ///   - now: the wall clock, in milliseconds since 1970.
    ///   - lastSync: when the last answer was taken, on the same clock.
    func mark(at now: Int64, lastSync: Int64) -> UInt32? {
        let (hour, day): (Int64, Int64) = (3_600_000, 86_400_000)
        return (lastSync - hour) / day == now / day ? head?.mark : nil
    }

    /// Compares the head of an answer with what was known of it, and keeps it where it follows on.
    ///
    /// - Parameter known: the head that was held when the request was made. Another process of this database may have been
    ///   told of a later one since.
    /// - Returns: what is wrong.
    mutating func watch(_ answer: SyncAnswer, to request: SyncRequest, knowing known: AuditHead?) -> AuditAlarm? {
        // Nothing said to who names no mark says that there is nothing.
        let told = answer.auditHead ?? (request.auditMark == nil ? .empty : nil)
        let held = head
        var alarm: AuditAlarm?
        if let told {
            if let known, told.count < known.count {
                alarm = .shortened
            } else if [known, held].compactMap(\.self).contains(where: { $0.count == told.count && $0 != told }) {
                alarm = .rewritten
            }
        }
        if answer.auditDiffers { alarm = .rewritten }
        if let shown = request.auditHead, shown == oldHead { auditOld = [] }
        // A head that contradicts the one held here is not taken: it is reported until the log has grown beyond.
        if let told, told.count > 0, answer.auditDiffers || alarm == nil && told.count > held?.count ?? 0 {
            // The head that was held is shown to the centre with the next request: is it still part of the log?
            if let held, held != told, !answer.auditDiffers { auditOld = held.bytes }
            auditHead = told.bytes
        }
        if let alarm { auditAlarm = alarm.rawValue }
        return alarm
    }
}

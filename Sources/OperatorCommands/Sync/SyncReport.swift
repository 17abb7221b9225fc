import CommandFrame
import OfflineClient
import SyncProtocol

/// What a sync did, in words and for programs.
struct SyncReport {
    let summary: SyncSummary
    let status: ClientStatus

    /// Whether somebody has to look at something.
    var needsAttention: Bool { status.openConflicts > 0 || !status.isSynced || summary.auditAlarm != nil }

    var words: Words {
        var indonesian = ["\(summary.pushed) perubahan terkirim", "\(summary.pulled) catatan diterima"]
        var english = ["\(summary.pushed) change(s) sent", "\(summary.pulled) record(s) received"]
        func add(_ count: Int, _ id: String, _ en: String) {
            if count > 0 {
                indonesian.append("\(count) \(id)")
                english.append("\(count) \(en)")
            }
        }
        add(summary.refused, "perubahan ditolak pusat", "change(s) refused by the centre")
        add(summary.escrowed, "perubahan dititipkan ke pusat", "change(s) left to the centre to decide")
        add(summary.left, "catatan keluar dari lingkup Anda", "record(s) left your scope")
        add(summary.newConflicts, "bentrok baru", "new conflict(s)")
        add(summary.repaired, "catatan diperbaiki", "record(s) repaired")
        add(summary.givenBack, "catatan dikembalikan ke pusat", "record(s) given back to the centre")
        add(summary.redacted, "catatan dihapus sebagian oleh pusat", "record(s) redacted by the centre")
        add(summary.restamped, "perubahan diberi waktu yang benar", "change(s) given the right time")
        let verdict =
            if status.isSynced {
                Words(id: "Perangkat ini sama dengan pusat.", en: "This device and the centre agree.")
            } else if status.pending > 0 {
                Words(
                    id: "Masih \(status.pending) perubahan belum terkirim.",
                    en: "\(status.pending) change(s) not sent yet.")
            } else if status.refused > 0 {
                Words(
                    id: "\(status.refused) perubahan yang ditolak menunggu Anda.",
                    en: "\(status.refused) refused change(s) wait for you.")
            } else {
                Words(
                    id: "Isi perangkat dan pusat belum cocok; sinkron berikutnya memeriksanya lagi.",
                    en: "This device and the centre do not agree yet; the next sync looks again.")
            }
        let identity =
            summary.newReplica.map { replica in
                Words(
                    id: " Basis data ini dipulihkan atau disalin: kini replika nomor \(replica).",
                    en: " This database was restored or copied: it is replica number \(replica) from now on.")
            } ?? Words(id: "", en: "")
        let named = summary.repairedRecords.prefix(5).map { "\($0.record)" }.joined(separator: ", ")
        let more = summary.repaired > 5 ? ", …" : ""
        let repaired =
            named.isEmpty
            ? Words(id: "", en: "")
            : Words(id: " Diperbaiki: \(named)\(more).", en: " Repaired: \(named)\(more).")
        let audit = summary.auditAlarm.map(\.words) ?? Words(id: "", en: "")
        return Words(
            id: "Sinkron: \(indonesian.joined(separator: ", ")). \(verdict.id)\(repaired.id)\(identity.id)\(audit.id)",
            en: "Synced: \(english.joined(separator: ", ")). \(verdict.en)\(repaired.en)\(identity.en)\(audit.en)")
    }

    /// The commands that help with what needs attention.
    var next: [Words] {
        var next: [Words] = []
        if status.openConflicts > 0 {
            next.append(
                Words(
                    id: "bentrok  (\(status.openConflicts) menunggu keputusan)",
                    en: "conflicts  (\(status.openConflicts) wait for a decision)"))
        }
        if status.refused > 0 { next.append(Words(id: "status", en: "status")) }
        return next
    }

    var json: JSON {
        [
            "action": "synced", "pushed": .number(summary.pushed), "pulled": .number(summary.pulled),
            "refused": .number(summary.refused), "escrowed": .number(summary.escrowed), "left": .number(summary.left),
            "new_conflicts": .number(summary.newConflicts),
            "repaired": .number(summary.repaired),
            "repaired_records": .array(
                summary.repairedRecords.map { ["collection": .number($0.collection), "id": .text("\($0.record)")] }),
            "given_back": .number(summary.givenBack), "redacted": .number(summary.redacted),
            "restamped": .number(summary.restamped),
            "new_replica": .number(summary.newReplica?.rawValue), "round_trips": .number(summary.roundTrips),
            "bytes_sent": .number(summary.bytesSent), "bytes_received": .number(summary.bytesReceived),
            "pending": .number(status.pending), "refused_waiting": .number(status.refused),
            "open_conflicts": .number(status.openConflicts), "agreed": .bool(status.isAgreed),
            "synced": .bool(status.isSynced), "audit_alarm": .text(summary.auditAlarm.map { "\($0)" }),
        ]
    }
}

extension AuditAlarm {
    /// What this device, as a witness, has to say of the centre's audit log; with a space before it.
    var words: Words {
        switch self {
        case .shortened:
            Words(
                id: " PERHATIAN: log audit pusat lebih pendek daripada dahulu. Beri tahu pimpinan.",
                en: " ATTENTION: the centre's audit log is shorter than it was. Tell those in charge.")
        case .rewritten:
            Words(
                id: " PERHATIAN: log audit pusat ditulis ulang. Beri tahu pimpinan.",
                en: " ATTENTION: the centre's audit log was written anew. Tell those in charge.")
        }
    }
}

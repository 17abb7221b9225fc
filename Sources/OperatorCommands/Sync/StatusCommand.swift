import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct StatusCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "status", alias: nil,
            says: Words(
                id: "Apa yang belum terkirim, ditolak, bentrok, atau jatuh tempo.",
                en: "What is not sent, refused, in conflict, or due."),
            examples: [
                Example(
                    Words(id: "sambung status", en: "sambung status"), id: "Keadaan perangkat ini, tanpa jaringan.",
                    en: "How this device stands, without the network.")
            ])
    }

    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let page = try StatusPage(workplace)
        if workplace.console.isJSON {
            workplace.console.print(page.json)
        } else {
            page.print()
        }
    }
}

/// How a device stands.
struct StatusPage {
    private let workplace: Workplace
    private let status: ClientStatus
    private let refused: RefusedCases
    private var open = 0
    private var dueToday = 0
    private var overdue = 0

    init(_ workplace: Workplace) throws {
        self.workplace = workplace
        status = try workplace.client.status()
        refused = try RefusedCases(workplace)
        let now = workplace.console.now() + status.clockOffset
        let deadlines = try workplace.deadlines()
        let clocks = try workplace.client.query { connection in
            try CaseSelection(conditions: [.open]).places(connection, CaseClock.columns) {
                .some(CaseClock($0, from: 1))
            }
        }
        open = clocks.count
        for case (_, let clock?) in clocks {
            guard let next = deadlines.next(of: clock, now: now) else { continue }
            if next.isOverdue {
                overdue += 1
            } else if next.due.day == WIB.day(of: now) {
                dueToday += 1
            }
        }
    }

    // MARK: For people

    func print() {
        let console = workplace.console
        let prefix = status.profile["ticket_prefix"] ?? "–"
        console.print(
            VisibleText.line(
                say(
                    id: "Kantor \(status.office), tiket \(prefix)-…, server \(status.server)",
                    en: "Office \(status.office), tickets \(prefix)-…, server \(status.server)")))
        line(id: "Belum terkirim", en: "Not sent yet", "\(status.pending)", .yellow, status.pending > 0)
        line(id: "Ditolak pusat", en: "Refused", "\(status.refused)", .red, status.refused > 0)
        line(id: "Bentrok", en: "In conflict", "\(status.openConflicts)", .red, status.openConflicts > 0)
        line(id: "Sinkron terakhir", en: "Last sync", lastSync, .yellow, status.lastSync == 0)
        line(id: "Sama dengan pusat", en: "Agrees", agreement, .green, status.isSynced)
        line(id: "Jam perangkat", en: "Device clock", clock, .red, abs(status.clockOffset) > Limits.clockTolerance)
        line(id: "Kasus terbuka", en: "Open cases", "\(open)", .bold, false)
        line(id: "Jatuh tempo hari ini", en: "Due today", "\(dueToday)", .yellow, dueToday > 0)
        line(id: "Lewat jatuh tempo", en: "Overdue", "\(overdue)", .red, overdue > 0)
        if let alarm = status.auditAlarm {
            console.print(console.styled("  !" + alarm.words.text(in: console.speech), .red))
        }
        for item in refused.items.prefix(20) {
            console.print("  ✗ " + VisibleText.line(RefusedCases.words(item).text(in: console.speech)))
        }
        for command in next { console.note("→ sambung \(command.text(in: console.speech))") }
    }

    private func line(id: String, en: String, _ value: String, _ style: Console.Style, _ isStyled: Bool) {
        let label = TextWidth.padded(say(id: id, en: en), to: 22)
        workplace.console.print(label + (isStyled ? workplace.console.styled(value, style) : value))
    }

    private var lastSync: String {
        status.lastSync == 0
            ? say(id: "belum pernah", en: "never") : WIB.text(status.lastSync, in: workplace.language)
    }

    private var agreement: String {
        status.isSynced
            ? say(id: "ya, pada sinkron terakhir", en: "yes, as of the last sync")
            : say(id: "belum", en: "not yet")
    }

    private var clock: String {
        let seconds = Int((Double(abs(status.clockOffset)) / 1000).rounded())
        if status.lastSync == 0 { return say(id: "belum dibandingkan", en: "not compared yet") }
        if seconds == 0 { return say(id: "tepat", en: "right") }
        return status.clockOffset > 0
            ? say(id: "\(seconds) detik terlambat", en: "\(seconds) s slow")
            : say(id: "\(seconds) detik terlalu cepat", en: "\(seconds) s fast")
    }

    private var next: [Words] {
        var next: [Words] = []
        if status.pending > 0 || status.lastSync == 0 { next.append(Words(id: "sinkron", en: "sync")) }
        if status.openConflicts > 0 { next.append(Words(id: "bentrok", en: "conflicts")) }
        if let first = refused.items.first {
            next.append(
                Words(
                    id: "ubah \(first.ticket) …, lalu: sambung kirim-ulang \(first.ticket)",
                    en: "edit \(first.ticket) …, then: sambung resend \(first.ticket)"))
        }
        if overdue > 0 { next.append(Words(id: "daftar --overdue", en: "list --overdue")) }
        return next
    }

    // MARK: For programs

    var json: JSON {
        [
            "office": .string(status.office), "replica": .number(status.replica.rawValue),
            "ticket_prefix": .text(status.profile["ticket_prefix"]), "server": .string(status.server),
            "pending": .number(status.pending), "refused": .number(status.refused),
            "open_conflicts": .number(status.openConflicts),
            "last_sync": status.lastSync == 0 ? .null : Moment.json(status.lastSync),
            "clock_offset_ms": .integer(status.clockOffset), "agreed": .bool(status.isAgreed),
            "synced": .bool(status.isSynced), "digest": .string(Self.hexadecimal(status.digest)),
            "audit_head": .text(status.auditHead?.description), "audit_alarm": .text(status.auditAlarm.map { "\($0)" }),
            "open_cases": .number(open), "due_today": .number(dueToday), "overdue": .number(overdue),
            "refusals": .array(
                refused.items.map { item in
                    [
                        "number": .integer(item.change.number), "collection": .string(item.change.collection),
                        "id": .string(item.change.record.description), "ticket": .string(item.ticket),
                        "reason": .string("\(item.change.reason)"), "field": .string(item.change.field),
                    ]
                }),
        ]
    }

    private static func hexadecimal(_ digest: UInt64) -> String {
        let digits = String(digest, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
